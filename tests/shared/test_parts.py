"""Parts are named twice in params.yaml, and the two must agree."""

from pathlib import Path

import pytest

from stages.shared import parts
from stages.shared.errors import ParamsError

AGREED = """\
parts: [hub/2022-05, corpus/seeds, hub/2022-09, domain/math]
waves: ["2022-05", "2022-09"]
domains: [math]
corpora: [seeds]
"""


def read(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "params.yaml"
    path.write_text(text, "utf-8")
    return [str(part) for part in parts.read(path)]


def test_parts_come_in_the_order_they_joined(tmp_path: Path) -> None:
    assert read(tmp_path, AGREED) == ["hub/2022-05", "corpus/seeds", "hub/2022-09", "domain/math"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("hub/2022-05, ", "", "sauropod grow --undo 2022-05"),
        ('"2022-05", ', "", "sauropod grow --undo 2022-05"),
        ("[math]", "[]", "sauropod grow --undo --domain math"),
        ("[seeds]", "[]", "'seeds' in corpora"),
        ("[seeds]", "[]", "sauropod grow --undo --corpus seeds"),
        ("hub/2022-09", "hub/2022-05", "each part once"),
        ("hub/2022-09", "web/2022-09", "a kind of hub, domain, corpus"),
        ('"2022-05"', "2022-05-01", "reads as text"),
        ('"2022-05"', "1e3", "reads as text"),
        ('"2022-05"', "010", "reads as text"),
        ('"2022-05"', "null", "reads as text"),
        ('"2022-05"', '"2022.05"', "an id of the form"),
        ("parts: [hub/2022-05, corpus/seeds, hub/2022-09, domain/math]", "parts: hub", "expected a list"),
    ],
)
def test_a_disagreement_or_a_bad_id_is_refused_with_the_remedy(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in AGREED
    with pytest.raises(ParamsError) as raised:
        read(tmp_path, AGREED.replace(old, new, 1))
    assert told in str(raised.value)
