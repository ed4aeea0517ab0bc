"""Counting tokens: by the named tokenizer and no other."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from tokenizers import Tokenizer, models, pre_tokenizers

from stages.shared import fetched, tokens
from stages.shared.errors import InputError
from stages.shared.tokens import TokenizerPlace


def by_words(folder: Path) -> Path:
    """A tokenizer whose tokens are the words between blanks."""
    made = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.save(str(folder / "tokenizer.json"))
    return folder / "tokenizer.json"


def test_tokens_are_counted_by_the_tokenizer_without_special_ones(tmp_path: Path) -> None:
    path = by_words(tmp_path)
    count = tokens.counter(TokenizerPlace(path=str(path), sha256=fetched.hash_of(path)))
    for text in ("", "one", "one two  three\n", "it's one-two", "你好 世界"):
        assert count(text) == len(text.split())


def test_another_file_a_missing_one_and_one_that_is_no_tokenizer_are_refused(tmp_path: Path) -> None:
    path = by_words(tmp_path)
    with pytest.raises(InputError, match="expected SHA-256 0000"):
        tokens.counter(TokenizerPlace(path=str(path), sha256="0" * 64))
    with pytest.raises(InputError, match="the file of a tokenizer"):
        tokens.counter(TokenizerPlace(path=str(tmp_path / "none.json"), sha256="0" * 64))
    path.write_text("{}", "utf-8")
    with pytest.raises(InputError, match="a tokenizer of the library"):
        tokens.counter(TokenizerPlace(path=str(path), sha256=fetched.hash_of(path)))


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"path": "a.json"},
        {"sha256": "0" * 64},
        {"hub": "a/b"},
        {"hub": "a/b", "revision": "main"},
        {"path": "a.json", "sha256": "0" * 64, "hub": "a/b", "revision": "0" * 40},
    ],
)
def test_a_place_is_pinned_and_is_one_of_the_two(place: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TokenizerPlace(**place)
