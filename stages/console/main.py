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
    for add in (_grow, _plan, _answers, _show):
        add(commands)
    return top


def _grow(commands: Commands) -> None:
    grow = commands.add_parser(
        "grow",
        help="add a wave of hub datasets, or take one out",
        description="Add a wave of hub datasets that no wave holds yet: writes data/sources/waves/WAVE.yaml and the "
        "lines of params.yaml and dvc.yaml. With neither --dataset nor --limit, join a wave file that is there. "
        "Nothing runs; `dvc repro` does.",
        allow_abbrev=False,
    )
    grow.add_argument("wave", metavar="WAVE", help="the wave's id: lower-case letters, digits, - and _ (2022-11)")
    what = grow.add_mutually_exclusive_group()
    what.add_argument("--dataset", nargs="+", metavar="ID", help="the datasets to add")
    what.add_argument("--limit", type=int, metavar="N", help="the first N datasets, by id, that no wave holds")
    what.add_argument("--undo", action="store_true", help="take the wave out again: its lines, files and outputs")
    grow.add_argument("--hub", default="data/sources/hub", metavar="DIR", help="the hub's folder (%(default)s)")
    grow.add_argument("--dry-run", action="store_true", help="show what would be written, write nothing")
    grow.add_argument("--json", action="store_true", help="say what was done as JSON")
    grow.set_defaults(work=_later("stages.console.grow"))


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


def _show(commands: Commands) -> None:
    show = commands.add_parser("show", help="the dataset's size by part, and the metrics table", allow_abbrev=False)
    show.add_argument("--json", action="store_true", help="as JSON")
    show.set_defaults(work=_later("stages.console.show"))


def _later(module: str) -> Callable[[argparse.Namespace], None]:
    def work(arguments: argparse.Namespace) -> None:
        import importlib  # noqa: PLC0415 - a subcommand loads nothing but itself

        importlib.import_module(module).run(arguments)

    return work
