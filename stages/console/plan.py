"""`sauropod plan`: whether params.yaml says what its stages can read and agrees with dvc.yaml, which stages `dvc repro`
would run, and what that costs.

Of the stages that ask a model it says how many prompts are not answered yet, and what they will take. Nothing is asked.
"""

import argparse
import json
import subprocess
import sys

from stages.console import busy, pipeline
from stages.shared.errors import InputError


def run(arguments: argparse.Namespace) -> None:
    """Check the written lines, ask DVC what has changed, and print it with what it will take."""
    # Loaded here: the options of `sauropod --help` need none of it.
    from stages.console import forecast, sections  # noqa: PLC0415

    sections.check()
    pipeline.check()
    changed = changed_stages()
    found = forecast.of(changed)
    if arguments.json:
        print(json.dumps({"changed": changed, **found}, indent=2))
        return
    if changed:
        print(f"{len(changed)} stages would run, and what follows from them if their outputs change:")
        print("\n".join(f"  {stage}" for stage in changed))
    else:
        print("params.yaml and dvc.yaml agree; every stage is up to date.")
    for line in forecast.lines(found):
        print(line)


def changed_stages() -> list[str]:
    """The stages whose own inputs, parameters or outputs are not what dvc.lock says, in the order of dvc.yaml."""
    # `dvc` is this environment's; its JSON is on stdout, anything it has to complain of on stderr.
    asked = subprocess.run(
        [sys.executable, "-m", "dvc", "status", "--json"], capture_output=True, text=True, check=False
    )
    if "Unable to acquire lock" in asked.stderr:
        raise busy.refusal("a dvc command at work")
    if asked.returncode:
        raise InputError(
            "a pipeline that DVC can read", " ".join(asked.stderr.split()), "dvc.yaml", "mend what DVC names"
        )
    return list(json.loads(asked.stdout))
