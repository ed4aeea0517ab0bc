"""A field is an id by its whole last word, not by two letters."""

import pytest

from stages.hub.identifiers import is_hidden


@pytest.mark.parametrize("field", ["id", "ID", "idx", "story_id", "pairID", "promptId", "worker_ids", "utterance_idx"])
def test_an_id_is_hidden_by_its_last_word(field: str) -> None:
    assert is_hidden(field)


@pytest.mark.parametrize(
    "field",
    ["evidence", "video", "candidates", "confidence", "side", "residence", "valid", "individual", "width", "idea"],
)
def test_a_word_that_only_holds_the_letters_id_is_not_hidden(field: str) -> None:
    assert not is_hidden(field)
