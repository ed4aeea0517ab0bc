"""The `sauropod` command.

The options of every subcommand are declared here; the module that does its work is loaded only when it is called, so
that `sauropod --help` answers at once.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

from stages.shared.errors import SauropodError

Commands = Any
"""What `add_subparsers` returns; argparse has no public name for it."""

EXIT_CODES = """exit codes:
  0 done    1 defect or failed command    2 a file or row is wrong    3 params.yaml or dvc.yaml is wrong
  4 the hub has no such thing    5 counts don't balance    6 busy    7 a model can't answer
  8 the budget is spent    9 the store of answers can't be used    130 interrupted
"""


FROM_HUB = """\
The Hugging Face hub is asked when --hub huggingface, --since, --language, --license-ok, --min-downloads or --newest is
given, or an id with a namespace that data/sources/hub lacks; HF_ENDPOINT and HF_TOKEN count. Its catalogue is read most
downloaded first. Left out are: what a wave holds, also renamed or mirrored; what is private, gated or closed; what
select's policy would drop for its languages or modality, as far as tags tell; what has no Parquet. Ids that are named
join whatever policy says. Each dataset is pinned to a commit.
"""


STRATEGIES = ("none", "instruction-diverse", "instruction-similar", "instruction-support", "data-diverse")
"""How a run replays what its starting model has seen (stages/model/replay.py, which is too slow to load here)."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run one subcommand and leave the process with its exit code."""
    arguments = parser().parse_args(argv)
    try:
        arguments.work(arguments)
    except SauropodError as error:
        print(f"sauropod: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("sauropod: interrupted.", file=sys.stderr)
        sys.exit(130)


def parser() -> argparse.ArgumentParser:
    """The command line: what there is, each with its options."""
    top = argparse.ArgumentParser(
        prog="sauropod",
        description="Grow an instruction-tuning dataset that remembers every size it has been.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for add in (_grow, _run, _plan, _answers, _show, _log, _export):
        add(commands)
    return top


def _grow(commands: Commands) -> None:
    grow = commands.add_parser(
        "grow",
        help="add a wave of datasets, a domain or a corpus, or take one out",
        description="Add a wave of datasets that no wave holds yet: writes data/sources/waves/WAVE.yaml and the lines\n"
        "of params.yaml and dvc.yaml. With nothing named to add, join a wave file that is there. Or add a domain\n"
        "whose folder is there, or a corpus that is described, pinned to the very files; or, with --path, a corpus of\n"
        "your own. Nothing runs; `dvc repro` does.",
        epilog=FROM_HUB,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    grow.add_argument(
        "wave", nargs="?", metavar="WAVE", help="the wave's id: lower-case letters, digits, - and _ (2022-11)"
    )
    grow.add_argument(
        "--domain", metavar="DOMAIN", help="instead of a wave a domain to explore: a folder of data/sources/domains"
    )
    grow.add_argument("--corpus", metavar="CORPUS", help="instead of a wave a corpus: a file of data/sources/corpora")
    grow.add_argument("--dataset", nargs="+", metavar="ID", help="datasets to add")
    grow.add_argument("--limit", type=int, metavar="N", help="N datasets in all: those named, then the first that fit")
    grow.add_argument(
        "--undo", action="store_true", help="take it out again: its lines, the wave file, outputs and metrics"
    )
    grow.add_argument("--hub", metavar="HUB", help="a folder (data/sources/hub), or the word huggingface")
    grow.add_argument("--dry-run", action="store_true", help="show what would be written, write nothing")
    grow.add_argument("--json", action="store_true", help="say what was done as JSON")
    hub = grow.add_argument_group("from the Hugging Face hub")
    hub.add_argument("--since", metavar="DATE", help="created on the hub since this month or day (2026-06, 2026-06-15)")
    hub.add_argument(
        "--language",
        nargs="+",
        metavar="TAG",
        help="declares one of these languages; of a corpus of your own: its language",
    )
    hub.add_argument("--license-ok", action="store_true", help="leave out what select would drop for its licence")
    hub.add_argument("--min-downloads", type=_count, default=0, metavar="N", help="downloads in the last 30 days")
    hub.add_argument("--newest", action="store_true", help="newest first; otherwise most downloaded first")
    hub.add_argument(
        "--look", type=_count, default=20_000, metavar="N", help="look at N datasets at most (%(default)s)"
    )
    _own(grow)
    grow.set_defaults(work=_later("stages.console.grow"))


def _own(grow: argparse.ArgumentParser) -> None:
    own = grow.add_argument_group("of your own")
    own.add_argument(
        "--path",
        action="append",
        metavar="PATH",
        help="a folder in hub layout, or a .parquet, .jsonl or "
        ".csv file, inside the repository; the card of faq.jsonl is faq.md beside it",
    )
    own.add_argument("--id", metavar="ID", help="the id of the one --path; otherwise the name of the file or folder")
    own.add_argument(
        "--collected",
        nargs=2,
        metavar=("METADATA", "DATA"),
        help="datasets crawled before, in Dynosaur's two files (huggingface_metadata.jsonl, huggingface_data.jsonl)",
    )
    corpus = grow.add_argument_group("a corpus of your own (--corpus CORPUS --path FILE)")
    corpus.add_argument("--format", metavar="FORMAT", help="of its records; without it they show it themselves")
    corpus.add_argument("--rows", metavar="KEY", help="where each file is one JSON object, the key of its records")
    corpus.add_argument("--license", metavar="ID", help="of its rows")
    corpus.add_argument("--terms", metavar="TEXT", help="conditions that come with it")
    corpus.add_argument("--generator", metavar="NAME", help="who wrote the outputs: provider:model, human or various")


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError
    return number


def _export(commands: Commands) -> None:
    export = commands.add_parser(
        "export",
        help="write what was crawled, or a domain's tree, in another form",
        description="dynosaur-metadata: the cards that select let in and their rows as huggingface_metadata.jsonl and\n"
        "huggingface_data.jsonl, the two files of Dynosaur, which `sauropod grow --collected` takes in again.\n"
        "explore-instruct: the tree of a domain after its last stage as tree_meta_info.json and a JSON file for each\n"
        "task, which `imported` in a domain.yaml takes in again.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    export.add_argument("--format", choices=["dynosaur-metadata", "explore-instruct"], required=True, help="the form")
    export.add_argument("--domain", metavar="DOMAIN", help="the domain whose tree is written")
    export.add_argument("--out", metavar="DIR", required=True, help="the folder to write into")
    export.add_argument("--wave", action="append", metavar="W", help="a wave (all of params.yaml); may be repeated")
    export.add_argument("--dry-run", action="store_true", help="count what would be written, write nothing")
    export.add_argument("--json", action="store_true", help="as JSON")
    export.set_defaults(work=_later("stages.console.export"))


def _run(commands: Commands) -> None:
    run = commands.add_parser(
        "run",
        help="add a run to train and measure, or take one out",
        description="Write a run, its model and its measures into params.yaml and their lines into dvc.yaml, or take\n"
        "them out again. Nothing is trained; `dvc repro` does that.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    actions = run.add_subparsers(required=True, metavar="ACTION", dest="action")
    add = actions.add_parser("add", help="add a run", allow_abbrev=False)
    add.add_argument("name", nargs="?", metavar="NAME", help="its id: lower-case letters, digits, - and _")
    add.add_argument(
        "--parts",
        nargs="+",
        metavar="PART",
        help="`all`, or parts as `sauropod show` names them, each with what is taken of it: "
        "corpus/superni,tasks=1/3,share=0.5,per_task=100,most=10000",
    )
    add.add_argument(
        "--setting",
        metavar="SETTING",
        help="instead of NAME and --parts the runs of a paper's setting: a file of data/sources/settings",
    )
    add.add_argument("--init", metavar="MODEL", help="a run to go on from, or a file of data/sources/models (tiny)")
    add.add_argument("--recipe", metavar="RECIPE", help="how it is trained: one of `recipes` in params.yaml")
    add.add_argument("--replay", metavar="STRATEGY", choices=STRATEGIES, help=f"one of {', '.join(STRATEGIES)}")
    add.add_argument("--benchmarks", nargs="+", metavar="B", help="what its model is measured on (all of params.yaml)")
    remove = actions.add_parser("remove", help="take a run out, with what it made", allow_abbrev=False)
    remove.add_argument("name", metavar="NAME", help="one of `runs` in params.yaml")
    for action in (add, remove):
        action.add_argument("--dry-run", action="store_true", help="show what would be written, write nothing")
        action.add_argument("--json", action="store_true", help="say what was done as JSON")
    run.set_defaults(work=_later("stages.console.run"))


def _plan(commands: Commands) -> None:
    plan = commands.add_parser(
        "plan",
        help="which stages dvc repro would run, what they would ask a model, and what that would cost",
        description="Check params.yaml against dvc.yaml, say which stages `dvc repro` would run, and of those that ask "
        "a model how many prompts are not answered yet, their tokens, cost and time. Nothing is asked.",
        allow_abbrev=False,
    )
    plan.add_argument("--json", action="store_true", help="as JSON")
    plan.set_defaults(work=_later("stages.console.plan"))


def _answers(commands: Commands) -> None:
    answers = commands.add_parser(
        "answers",
        help="the store of answers that were paid for: its size, cost and age",
        description="Show the store of answers ($SAUROPOD_ANSWERS, by default in the user's data folder), by endpoint "
        "and model, with the budgets and the batches that are not fetched yet.",
        allow_abbrev=False,
    )
    what = answers.add_mutually_exclusive_group()
    what.add_argument("--verify", action="store_true", help="read every answer and check that it is the one stored")
    what.add_argument("--export", metavar="FILE", help="write all answers into an answers.jsonl")
    what.add_argument("--refill", nargs="+", metavar="FILE", help="take in answers from such files, a stage's too")
    what.add_argument("--forget-batch", metavar="ID", help="close a batch that its endpoint no longer knows")
    answers.add_argument("--json", action="store_true", help="as JSON")
    answers.set_defaults(work=_later("stages.console.answers"))


def _log(commands: Commands) -> None:
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
    log.set_defaults(work=_later("stages.console.log"))


def _show(commands: Commands) -> None:
    show = commands.add_parser(
        "show",
        help="the dataset's size by part and the metrics table; a domain's tree; the table of corpora",
        description="Show the dataset's size by part, what its tasks cost and what every model scores; or, with the\n"
        "words `domain DOMAIN`, the tree of a domain with the examples of each task after each stage; or, with the\n"
        "word `corpora`, a line for each corpus: how much it is, who wrote it, its cost, its lengths, its licence;\n"
        "or, with the word `continual`, what runs that go on from others still know, as in Dynosaur's Table 6a.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    show.add_argument("--json", action="store_true", help="as JSON")
    show.set_defaults(work=_later("stages.console.show"))
    what = show.add_subparsers(metavar="WHAT")
    domain = what.add_parser("domain", help="the tree of a domain", allow_abbrev=False)
    domain.add_argument("domain", metavar="DOMAIN", help="a folder of data/sources/domains")
    domain.add_argument("--json", action="store_true", help="as JSON")
    domain.set_defaults(work=_later("stages.console.forest"))
    corpora = what.add_parser("corpora", help="the corpora that are on, a line each", allow_abbrev=False)
    corpora.add_argument("--json", action="store_true", help="as JSON")
    corpora.set_defaults(work=_later("stages.console.summaries"))
    continual = what.add_parser("continual", help="what runs still know stage by stage", allow_abbrev=False)
    continual.add_argument("--json", action="store_true", help="as JSON")
    continual.set_defaults(work=_later("stages.console.continual"))


def _later(module: str) -> Callable[[argparse.Namespace], None]:
    def work(arguments: argparse.Namespace) -> None:
        import importlib  # noqa: PLC0415 - a subcommand loads nothing but itself

        importlib.import_module(module).run(arguments)

    return work
