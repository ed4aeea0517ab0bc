"""The options of the commands that look at the dataset and its versions: show, log, audit, contaminated.

They are declared apart from the others for length alone; nothing is loaded here.
"""

import argparse

from stages.console.declared import Commands, Later, count


def add(commands: Commands, later: Later) -> None:
    """Declare the commands."""
    for one in (_show, _log, _audit, _contaminated):
        one(commands, later)


def _show(commands: Commands, later: Later) -> None:
    show = commands.add_parser(
        "show",
        help="the dataset's size by part and every model's scores; or one thing more closely",
        description="Show the dataset's size by part, what its tasks cost and what every model scores; with WHAT, one\n"
        "of these things instead. It is what the last `dvc repro` measured.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    show.add_argument("--json", action="store_true", help="as JSON")
    show.set_defaults(work=later("stages.console.show"))
    what = show.add_subparsers(metavar="[WHAT]")
    domain = what.add_parser("domain", help="the tree of a domain, with the examples of each task", allow_abbrev=False)
    domain.add_argument("domain", metavar="DOMAIN", help="a folder of data/sources/domains")
    domain.add_argument("--json", action="store_true", help="as JSON")
    domain.set_defaults(work=later("stages.console.forest"))
    corpora = what.add_parser("corpora", help="a line for each corpus: size, author, cost, licence", allow_abbrev=False)
    corpora.add_argument("--json", action="store_true", help="as JSON")
    corpora.set_defaults(work=later("stages.console.summaries"))
    analysis = what.add_parser("analysis", help="what the dataset asks for, how alike, how long", allow_abbrev=False)
    analysis.add_argument("--json", action="store_true", help="as JSON")
    analysis.set_defaults(work=later("stages.console.analysis"))
    continual = what.add_parser("continual", help="what runs still know, as in Dynosaur's Table 6a", allow_abbrev=False)
    continual.add_argument("--json", action="store_true", help="as JSON")
    continual.set_defaults(work=later("stages.console.continual"))
    table1 = what.add_parser("table1", help="Super-NI as in Dynosaur's Table 1, published rows too", allow_abbrev=False)
    table1.add_argument("--json", action="store_true", help="as JSON")
    table1.set_defaults(work=later("stages.console.table1"))
    difference = what.add_parser("difference", help="whether two models differ by more than chance", allow_abbrev=False)
    difference.add_argument("measures", nargs=2, metavar="MEASURE", help="two of `measures` in params.yaml")
    difference.add_argument("--json", action="store_true", help="as JSON")
    difference.set_defaults(work=later("stages.console.difference"))
    judge = what.add_parser("judge", help="what judges said, as in Dynosaur's Table 2", allow_abbrev=False)
    judge.add_argument("--json", action="store_true", help="as JSON")
    judge.set_defaults(work=later("stages.console.judged"))
    suites = what.add_parser("suites", help="what models score on standard tasks", allow_abbrev=False)
    suites.add_argument("--json", action="store_true", help="as JSON")
    suites.set_defaults(work=later("stages.console.suites"))


def _log(commands: Commands, later: Later) -> None:
    log = commands.add_parser(
        "log",
        help="a line for each version: its size, strictest licence, best scores and cost",
        description="Show a line for each version (git tag), in the order of history, and one for the working tree.\n"
        "Only metrics are read, through git: a clone without data will do. A dash stands for what a version did not\n"
        "measure.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    log.add_argument("--html", metavar="FILE", help="write charts over the versions as a page of its own")
    log.add_argument("--json", action="store_true", help="as JSON")
    log.set_defaults(work=later("stages.console.log"))


def _audit(commands: Commands, later: Later) -> None:
    audit = commands.add_parser(
        "audit",
        help="how much of the dataset is sound; rows for a person to judge, and back",
        description="Show what people and a model found of the dataset's sample, beside the published figures; or\n"
        "write its rows as a table for a person, or take the person's judgements in. They are kept, without the\n"
        "texts, in data/sources/audit under the name of the file.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    way = audit.add_mutually_exclusive_group()
    way.add_argument("--out", metavar="NAME.csv", help="write the rows that NAME has not judged yet")
    way.add_argument("--take", metavar="NAME.csv", help="take in what NAME answered")
    audit.add_argument("--json", action="store_true", help="as JSON")
    audit.set_defaults(work=later("stages.console.audit"))


def _contaminated(commands: Commands, later: Later) -> None:
    contaminated = commands.add_parser(
        "contaminated",
        help="which instances of a file hold a text of a benchmark",
        description="Look for the texts of benchmarks in a file of instances as merge does, and say where they are.\n"
        "Leaves with exit code 10 where any is found, with 0 where none is.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    contaminated.add_argument("file", metavar="FILE", help="instances: .jsonl, .json or .parquet")
    contaminated.add_argument(
        "--against",
        action="append",
        metavar="BENCH",
        help="a folder of data/sources/benchmarks, or a folder or file elsewhere (all of the former); may be repeated",
    )
    contaminated.add_argument("--words", type=count, metavar="N", help="words in a run (merge.contamination.words)")
    contaminated.add_argument("--json", action="store_true", help="as JSON, with all that was found")
    contaminated.set_defaults(work=later("stages.console.contaminated"))
