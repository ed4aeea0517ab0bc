"""Every command of the README does what it says, in the order it says it."""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from stages.shared.llm.fault_serving import serving as answering
from tests.clone import Clone, new_clone
from tests.conftest import Bucket
from tests.domain.scripted import Scripted
from tests.growth import small
from tests.house import ROOT
from tests.hub_repositories import Options
from tests.hubserver import serving

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands() -> list[tuple[str, str]]:
    """Each line of a shell block, and each Python block as a whole, in order."""
    found = []
    for language, text in BLOCKS:
        if language == "python":
            found.append((language, text))
        else:
            found += [(language, line.partition(" # ")[0].strip()) for line in text.splitlines()]
    return found


def as_run(command: str) -> str:
    """A command as this test runs it: with the environment that runs the test, not one set up anew."""
    if command.startswith("make test"):
        return "make --dry-run test"  # which is what is running now
    if command.startswith("make"):
        return "make --assume-old .venv/.installed"
    if command == "git tag v1":
        # The small pipeline makes other bytes than those that are committed.
        return "git add --all && git commit --quiet --message small && git tag v1"
    return command.replace("my-bucket", "sauropod")


def test_the_readme_can_be_followed_from_top_to_bottom(
    tmp_path_factory: pytest.TempPathFactory, bucket: Bucket
) -> None:
    clone: Clone = new_clone(tmp_path_factory.mktemp("readme"))
    small(clone)
    recent = Options(created_at="2026-07-01T00:00:00.000Z", downloads=500)
    with (
        serving(ROOT / "data/sources/hub", {"legacy/hover": recent, "legacy/qasc": recent}) as hub,
        answering(Scripted()) as model,
    ):
        clone.params(llm__client__endpoints__local__base_url=model.url)
        clone.commit("A pipeline that takes seconds")
        for language, command in commands():
            words = ("python", "-c", command) if language == "python" else ("bash", "-c", as_run(command))
            clone.run(*words, **bucket.env, AWS_ENDPOINT_URL=bucket.address, HF_ENDPOINT=hub.url)
    assert (clone.root / ".sauropod/rewriting/tree_meta_info.json").is_file()
    assert (clone.root / "data/dataset").is_dir()
    assert (clone.root / ".sauropod/exported/huggingface_data.jsonl").stat().st_size > 0


def test_the_rehearsal_of_the_readme_answers_by_its_plan(tmp_path: Path) -> None:
    (command,) = re.findall(r"^python (-m stages\.shared\.llm\.faults .*)$", README, re.MULTILINE)
    (plan,) = re.findall(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    (tmp_path / "plan.yaml").write_text(plan, "utf-8")
    words = command.replace("plan.yaml", str(tmp_path / "plan.yaml")).replace("8000", "0").split()
    server = subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        address = server.stdout.readline().split()[-1]
        with urllib.request.urlopen(address.removesuffix("v1") + "ledger") as reply:
            assert json.load(reply)["asked"] == 0
    finally:
        server.terminate()
        server.communicate()
    assert server.returncode == 0


def test_every_path_the_readme_names_exists() -> None:
    for path in re.findall(r"\]\((?!https?://)([^)#]+)\)", README):
        assert (ROOT / path).exists(), path
    for name in re.findall(r"`((?:stages|tests|data/sources)/[\w./-]+)`", README):
        assert (ROOT / name).exists(), name


def test_the_readme_names_every_stage() -> None:
    from tests.test_house import PIPELINE  # noqa: PLC0415

    table = README.partition("## Stages")[2].partition("\n## ")[0]
    assert [name for name in PIPELINE if not re.search(rf"^\| .*\b{name}\b", table, re.MULTILINE)] == []


def test_the_layout_is_the_one_there_is() -> None:
    layout = README.partition("## Layout")[2]
    for folder in sorted(path.name for path in (ROOT / "stages").iterdir() if path.is_dir()):
        assert folder.startswith("__") or folder in layout, folder
    assert Path(ROOT / "stages").is_dir()
