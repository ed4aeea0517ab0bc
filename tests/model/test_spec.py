from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.model.spec import Folder, Hub, read_spec
from stages.shared.errors import InputError

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def written(folder: Path, **content: Any) -> Path:
    (folder / "model.yaml").write_text(yaml.safe_dump(content), "utf-8")
    return folder / "model.yaml"


def test_a_description_is_of_its_kind(tmp_path: Path) -> None:
    assert isinstance(read_spec(written(tmp_path, kind="folder", path="/models/llama")), Folder)
    prompt = {"format": "chat", "max_length": 512}
    found = read_spec(written(tmp_path, kind="hub", id="Qwen/Qwen3-0.6B", revision=COMMIT, prompt=prompt))
    assert isinstance(found, Hub)
    assert found.prompt
    assert found.prompt.max_length == 512


def test_every_shipped_description_is_one(repository: Path) -> None:
    files = sorted((repository / "data/sources/models").glob("*.yaml"))
    opened = [file for file in files if yaml.safe_load(file.read_text("utf-8"))["kind"] != "recorded"]
    assert opened
    for file in opened:
        read_spec(file)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"kind": "hub", "id": "gpt2", "revision": "main"}, "revision"),
        ({"kind": "hub", "id": "gpt2"}, "revision"),
        ({"kind": "hub", "id": "../../etc", "revision": COMMIT}, "id"),
        ({"kind": "folder", "path": ""}, "path"),
        ({"kind": "folder", "path": "x", "trust_remote_code": True}, "trust_remote_code"),
        ({"kind": "endpoint"}, "kind|record"),
        ({"kind": "folder", "path": "x", "prompt": {"format": "chat"}}, "max_length"),
        ({"kind": "folder", "path": "x", "prompt": {"format": "chat", "max_length": 9, "target_length": 9}}, "length"),
    ],
)
def test_a_description_that_says_too_little_or_too_much_is_refused(
    tmp_path: Path, content: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=rf"model\.yaml.*({said})"):
        read_spec(written(tmp_path, **content))
