"""What a corpus is and how its records travel from collect to clean."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from stages.shared import files
from stages.shared.errors import InputError
from stages.shared.records import PART_ID, Frozen

Text = Annotated[str, StringConstraints(min_length=1)]
Website = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]


class Corpus(Frozen):
    """A corpus as data/sources/corpora/<name>.yaml describes it.

    file: lies beside the description and must have the hash `sha256`. license: of its rows, "" where none is
    declared. terms: conditions that come with the generator, "" for none. generator: who wrote the outputs
    (`provider:model`, or `human`). source: where the file was published; it is never fetched.
    """

    name: Annotated[str, StringConstraints(pattern=f"^{PART_ID}$")]
    format: Literal["self-instruct"]
    file: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    license: str
    terms: str
    language: Text
    generator: Text
    website: Website
    source: Website
    citation: Text

    @property
    def part(self) -> str:
        """The id of the part that this corpus becomes."""
        return f"corpus/{self.name}"


class CorpusRecord(Frozen):
    """A record of a corpus as its file holds it.

    id: the record's own, unique in the corpus. line: in the file, counted from 1. text: the JSON object, untouched.
    """

    corpus: str
    id: Text
    line: Annotated[int, Field(ge=1)]
    text: Text


def read_corpus(path: Path) -> Corpus:
    """Read the description of a corpus; raise InputError naming file and key where it is incomplete or misnamed."""
    try:
        corpus = Corpus.model_validate(files.read_yaml(path))
    except ValidationError as error:
        keys = ", ".join(Corpus.model_fields)
        raise InputError(
            f"the description of a corpus ({keys})", files.explain(error), str(path), "correct the key"
        ) from error
    if corpus.name != path.stem:
        raise InputError(f"the name {path.stem!r}", repr(corpus.name), str(path), "let file and key `name` agree")
    return corpus
