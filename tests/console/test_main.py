"""The `sauropod` command answers at once."""

import subprocess
import sys

EXPORT = ["export", "--format", "dynosaur-metadata", "--out", "here"]
HEAVY = ("torch", "transformers", "datasets", "pandas", "pyarrow", "dvc", "openai", "huggingface_hub", "pydantic")


def test_help_loads_no_heavy_library() -> None:
    script = (
        "import sys\n"
        "from stages.console.main import parser\n"
        "parser().format_help()\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_command_has_json() -> None:
    from stages.console.main import parser  # noqa: PLC0415

    for words in (["grow", "w"], ["plan"], ["answers"], ["show"], EXPORT, ["show", "table1"], ["model", "remove", "m"]):
        assert parser().parse_args([*words, "--json"]).json


def test_growing_from_the_folder_loads_no_library_of_the_hub() -> None:
    script = (
        "import sys\n"
        "import stages.console.grow\n"
        "print([name for name in ('huggingface_hub', 'httpx2', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
