"""Counting tokens with a model's tokenizer: its `tokenizer.json`, in the repository or on the Hugging Face hub."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints, model_validator

from stages.shared import fetched, params
from stages.shared.errors import InputError
from stages.shared.params import Section

FILE = "tokenizer.json"


class TokenizerPlace(Section):
    """Where a tokenizer is, and which one it is: `path` and `sha256` of a file, or `hub` (a model's id) and `revision`
    (a commit).
    """

    path: str | None = None
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    hub: str | None = None
    revision: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "TokenizerPlace":
        given = [value is not None for value in (self.path, self.sha256, self.hub, self.revision)]
        if given not in ([True, True, False, False], [False, False, True, True]):
            raise ValueError("give path and sha256, or hub and revision")
        return self


@cache
def counter(place: TokenizerPlace) -> Callable[[str], int]:
    """What counts the tokens of a text, special ones apart; raise InputError where the tokenizer can't be had."""
    # Loaded here: an estimate needs no tokenizer.
    from tokenizers import Tokenizer  # noqa: PLC0415

    path = _file(place)
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        remedy = "name the tokenizer.json of a model"
        raise InputError("a tokenizer of the library `tokenizers`", str(error)[:200], str(path), remedy) from error
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


def _file(place: TokenizerPlace) -> Path:
    if place.hub and place.revision:
        from stages.shared.hub import polite, whole  # noqa: PLC0415 - a file in the repository needs no client

        return whole.model_file(place.hub, place.revision, FILE, params.read("hub.client", polite.HubClient))
    path = Path(place.path or "")
    if not path.is_file():
        raise InputError("the file of a tokenizer", "none", str(path), "correct the path")
    found = fetched.hash_of(path)
    if found != place.sha256:
        remedy = "restore the file, or write its hash to params.yaml"
        raise InputError(f"SHA-256 {place.sha256}", found, str(path), remedy)
    return path
