"""The `sauropod` command.

Each subcommand is a module with `add(commands)`, which declares its options, and a function that does the work and
is loaded only when called, so that `sauropod --help` answers at once.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

from stages.shared.errors import SauropodError

EXIT_CODES = """exit codes:
  0 done    1 defect or failed command    2 a file or row is wrong    3 params.yaml or dvc.yaml is wrong
  4 the hub has no such thing    5 counts don't balance    6 busy    7 a model can't answer    130 interrupted
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

    plan = commands.add_parser(
        "plan",
        help="check params.yaml against dvc.yaml, and say which stages dvc repro would run",
        allow_abbrev=False,
    )
    plan.add_argument("--json", action="store_true", help="as JSON")
    plan.set_defaults(work=_later("stages.console.plan"))

    show = commands.add_parser("show", help="the dataset's size by part, and the metrics table", allow_abbrev=False)
    show.add_argument("--json", action="store_true", help="as JSON")
    show.set_defaults(work=_later("stages.console.show"))
    return top


def _later(module: str) -> Callable[[argparse.Namespace], None]:
    def work(arguments: argparse.Namespace) -> None:
        import importlib  # noqa: PLC0415 - a subcommand loads nothing but itself

        importlib.import_module(module).run(arguments)

    return work
