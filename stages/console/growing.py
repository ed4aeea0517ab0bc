"""The options of the commands that write params.yaml and dvc.yaml: grow, run, model, forget.

They are declared apart from the others for length alone; nothing is loaded here.
"""

import argparse

from stages.console.declared import Commands, Later, count

FROM_HUB = """\
The Hugging Face hub is asked when --hub huggingface, --since, --language, --license-ok, --min-downloads or --newest is
given, or an id with a namespace that data/sources/hub lacks; HF_ENDPOINT and HF_TOKEN count. Its catalogue is read most
downloaded first. Left out are: what a wave holds, also renamed or mirrored; what is private, gated or closed; what
select's policy would drop for its languages or modality, as far as tags tell; what has no Parquet. Ids that are named
join whatever policy says. Each dataset is pinned to a commit.
"""


STRATEGIES = ("none", "instruction-diverse", "instruction-similar", "instruction-support", "data-diverse")
"""How a run replays what its starting model has seen (stages/model/replay.py, which is too slow to load here)."""


def add(commands: Commands, later: Later) -> None:
    """Declare the commands."""
    for one in (_grow, _run, _model, _forget):
        one(commands, later)


def _grow(commands: Commands, later: Later) -> None:
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
    grow.add_argument(
        "--limit", type=count, metavar="N", help="N datasets in all: those named, then the first that fit"
    )
    grow.add_argument(
        "--undo", action="store_true", help="take it out again: its lines, the wave file, outputs and metrics"
    )
    grow.add_argument("--hub", metavar="HUB", help="a folder (default: data/sources/hub), or the word huggingface")
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
    hub.add_argument("--min-downloads", type=count, default=0, metavar="N", help="downloads in the last 30 days")
    hub.add_argument("--newest", action="store_true", help="newest first; otherwise most downloaded first")
    hub.add_argument(
        "--look", type=count, default=20_000, metavar="N", help="look at N datasets at most (default: %(default)s)"
    )
    _own(grow)
    grow.set_defaults(work=later("stages.console.grow"))


def _run(commands: Commands, later: Later) -> None:
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
    add.add_argument(
        "--init", metavar="MODEL", help="a run to go on from, or a file of data/sources/models (default: tiny)"
    )
    add.add_argument("--recipe", metavar="RECIPE", help="how it is trained: one of `recipes` in params.yaml")
    add.add_argument("--replay", metavar="STRATEGY", choices=STRATEGIES, help=f"one of {', '.join(STRATEGIES)}")
    add.add_argument(
        "--benchmarks", nargs="+", metavar="B", help="what its model is measured on (default: as other runs)"
    )
    remove = actions.add_parser("remove", help="take a run out, with what it made", allow_abbrev=False)
    remove.add_argument("name", metavar="NAME", help="one of `runs` in params.yaml")
    for action in (add, remove):
        action.add_argument("--dry-run", action="store_true", help="show what would be written, write nothing")
        action.add_argument("--json", action="store_true", help="say what was done as JSON")
    run.set_defaults(work=later("stages.console.run"))


def _model(commands: Commands, later: Later) -> None:
    model = commands.add_parser(
        "model",
        help="add a model to measure that no run trains, or take some out",
        description="Write a model and its measures into params.yaml and their lines into dvc.yaml, or take models\n"
        "out again. Nothing is asked; `dvc repro` does that.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    actions = model.add_subparsers(required=True, metavar="ACTION", dest="action")
    add = actions.add_parser("add", help="add a model", allow_abbrev=False)
    add.add_argument("name", metavar="NAME", help="its id: lower-case letters, digits, - and _")
    source = add.add_mutually_exclusive_group()
    source.add_argument(
        "--from", dest="path", metavar="FILE", help="its description (default: data/sources/models/NAME.yaml)"
    )
    source.add_argument("--llm", metavar="LLM", help="write that description from one of llm.models in params.yaml")
    add.add_argument("--benchmarks", nargs="+", required=True, metavar="B", help="what it is measured on")
    remove = actions.add_parser("remove", help="take models out, with what they made", allow_abbrev=False)
    remove.add_argument("names", nargs="+", metavar="NAME", help="of `models` in params.yaml")
    for action in (add, remove):
        action.add_argument("--dry-run", action="store_true", help="show what would be written, write nothing")
        action.add_argument("--json", action="store_true", help="say what was done as JSON")
    model.set_defaults(work=later("stages.console.model"))


def _forget(commands: Commands, later: Later) -> None:
    forget = commands.add_parser(
        "forget",
        help="take one source dataset out of the dataset, or let it in again",
        description="Write a source dataset into `merge.drop` of params.yaml, so that the next merge leaves its rows\n"
        "out; its wave stays as it is, and so do the shards of other parts, but for rows that had given way to it.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    forget.add_argument(
        "dataset",
        metavar="DATASET",
        help="a name of the column `dataset` of licenses.csv, or one that rows of a corpus tell as taskname",
    )
    forget.add_argument("--undo", action="store_true", help="let it in again")
    forget.add_argument("--dry-run", action="store_true", help="say what would be written, write nothing")
    forget.add_argument("--json", action="store_true", help="say what was done as JSON")
    forget.set_defaults(work=later("stages.console.forget"))


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
