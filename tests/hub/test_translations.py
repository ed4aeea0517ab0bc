from typing import Any

import pytest

from stages.hub.translations import is_translation
from stages.shared.records import Card, Feature


def card(types: dict[str, str] | None = None, **changes: Any) -> Card:
    found = {"text": "string", "label": "label"} if types is None else types
    known: dict[str, Any] = {
        **dict.fromkeys(("taskname", "dataset", "config", "revision", "website"), "d"),
        **dict.fromkeys(("license", "license_found", "summary", "supported_tasks", "data_fields"), ""),
        "languages": ("de", "en"),
        "task_categories": (),
        "task_ids": (),
        "features": {name: Feature(type=type) for name, type in found.items()},
        "splits": {"train": 3},
    }
    return Card.model_validate(known | changes)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (card(), False),
        (card({"translation": "translation"}, languages=("en",)), True),
        (card(task_categories=("translation",)), True),
        (card(task_categories=("translation",), languages=("code",)), False),
        (card(task_categories=("translation",), languages=("en",)), False),
        (card(summary="A corpus of bitexts."), True),
        (card(summary="Translated from English."), True),
        (card(summary="Translated from English.", languages=("en",)), False),
        (card(summary="Translated from English.", languages_detected=("de",)), False),
        (card(summary="Translated from English.", dataset="paws-x"), False),
        (card(dataset="my_translations"), True),
        (card({"en": "string", "de": "string"}, languages_detected=("en", "de")), True),
        (card({"pair": "struct<en: string, de: string>"}, languages_detected=("en", "de")), True),
        (card({"en": "string", "de": "string"}, languages=("en",), languages_detected=("en",)), False),
        (card({"text": "string", "answer": "string"}, languages_detected=("en", "de")), False),
    ],
)
def test_a_translation_set_is_known_by_its_columns_tasks_name_or_summary(found: Card, expected: object) -> None:
    assert is_translation(found) is expected
