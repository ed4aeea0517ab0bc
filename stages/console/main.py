"""The `sauropod` command.

The options of every subcommand are declared here and in three modules beside it; the module that does its work is
loaded only when it is called, so that `sauropod --help` answers at once.
"""

import argparse
import errno
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from stages.console import growing, handing, inspecting
from stages.console.declared import Commands
from stages.shared.errors import InputError, ParamsError, SauropodError

EXIT_CODES = """exit codes:
  0 done    1 defect or failed command    2 a file, row or option is wrong    3 params.yaml or dvc.yaml is wrong
  4 the hub has no such thing    5 counts don't balance    6 busy    7 a model can't answer
  8 the budget is spent    9 the store of answers can't be used    10 a benchmark's text was found    130 interrupted
  141 whoever read the output closed it
"""

NO_ROOM_OR_RIGHT = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)
"""What the user can mend where a file can't be written or read."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run one subcommand and leave the process with its exit code."""
    arguments = parser().parse_args(argv)
    _speak(as_json=getattr(arguments, "json", False))
    try:
        _check_root()
        arguments.work(arguments)
        sys.stdout.flush()
    except SauropodError as error:
        said = str(error)
        print(said if said.startswith("sauropod ") else f"sauropod: {said}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("sauropod: interrupted.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        _let_go()
        sys.exit(141)
    except OSError as error:
        if error.errno not in NO_ROOM_OR_RIGHT:
            raise
        _let_go()
        what = error.filename or "the output"
        print(f"sauropod: {what}: {error.strerror}; free space or mend the rights, then try again.", file=sys.stderr)
        sys.exit(InputError.exit_code)


def _speak(*, as_json: bool) -> None:
    """Let no character stop a command where the terminal can't show it; JSON is UTF-8 whatever the terminal is."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        if as_json:
            sys.stdout.reconfigure(encoding="utf-8")
        else:
            sys.stdout.reconfigure(errors="replace")


def _check_root() -> None:
    """Raise ParamsError inside a folder of the repository: every path is named from its root."""
    here = Path.cwd()
    above = next(
        (one for one in here.parents if (one / "params.yaml").is_file() and (one / "dvc.yaml").is_file()), None
    )
    if above and not (here / "params.yaml").exists():
        raise ParamsError("the repository's root", "a folder inside it", str(here), f"cd '{above}' first")


def _let_go() -> None:
    """Turn the output to nowhere, so that Python does not fail once more when it writes what is left of it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
    growing.add(commands, _later)
    _plan(commands)
    _answers(commands)
    inspecting.add(commands, _later)
    handing.add(commands, _later)
    return top


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


def _later(module: str) -> Callable[[argparse.Namespace], None]:
    def work(arguments: argparse.Namespace) -> None:
        import importlib  # noqa: PLC0415 - a subcommand loads nothing but itself

        importlib.import_module(module).run(arguments)

    return work
