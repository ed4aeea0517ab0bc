"""Text that every file can hold."""

import json

from stages.shared.text import whole


def test_half_a_character_is_replaced_wherever_it_stands() -> None:
    found = whole(json.loads('{"a\\ud800": ["b\\udfff", {"c": "\\ud83d\\ude00"}], "n": 1}'))
    assert found == {"a\N{REPLACEMENT CHARACTER}": ["b\N{REPLACEMENT CHARACTER}", {"c": "\N{GRINNING FACE}"}], "n": 1}
    json.dumps(found, ensure_ascii=False).encode("utf-8")
