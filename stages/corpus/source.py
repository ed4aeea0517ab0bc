"""What a corpus is, where its files are, and how its records travel from collect to clean."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, NonNegativeFloat, PositiveInt, StringConstraints, ValidationError

from stages.shared import files
from stages.shared.errors import InputError
from stages.shared.licenses import UNKNOWN, row_license
from stages.shared.records import PART_ID, Frozen

DETECT = "detect"
"""The format of a corpus whose records are to show it themselves."""

Format = Literal[
    "alpaca",
    "dolly",
    "gpt4all",
    "lmflow",
    "messages",
    "preference",
    "prompted",
    "self-instruct",
    "sharegpt",
    "superni",
    "detect",
]
"""The names of `reading.FORMATS`, which collect needs no more of, and DETECT."""

Text = Annotated[str, StringConstraints(min_length=1)]
Website = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _inside(name: str) -> str:
    if {"", ".", ".."} & set(name.split("/")):
        raise ValueError(f"{name!r} leads out of the folder of the files")
    return name


FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9*][A-Za-z0-9 *._/-]*$"), AfterValidator(_inside)]
"""A name relative to where the files are; on the hub also a pattern such as `data/*.parquet`."""

OWN_LICENSE = "license"
"""The key under which records say their licence where the description names no other: not to look there would lose
what binds a record whose corpus is described as free."""

Told = Literal["license", "terms", "website", "taskname", "generator", "source"]
"""What each record may say for itself."""


class Expected(Frozen):
    """What a corpus is said to hold: its records, and the bytes of its files; None where nobody said."""

    records: PositiveInt | None = None
    bytes: PositiveInt | None = None


class Corpus(Frozen):
    """A corpus as data/sources/corpora/<name>.yaml describes it.

    format: how its records are read, one of `reading.FORMATS`, or `detect`. rows: where each file is one JSON object,
    the key of the array that holds its records. where: files lie `beside` the description, inside the repository
    (`own`), on the Hugging Face `hub`, at a `url`, or are fetched `by_hand`. at: beside, where they were published;
    own, their folder; hub, the dataset's id; url, the address that each file's name continues; by_hand, the page that
    says how to get them. revision: the hub's commit. sha256: of each file that is not the hub's. per_record: what
    records say for themselves, with the key that says it. license: of its rows, `a|b` for several, "" where none is
    declared. terms: conditions that come with the generator or the origin. generator: who wrote the outputs
    (`provider:model`, `human` or `various`). cost_usd: what its makers paid for its answers.
    """

    name: Annotated[str, StringConstraints(pattern=f"^{PART_ID}$")]
    format: Format
    rows: str = ""
    where: Literal["beside", "own", "hub", "url", "by_hand"]
    at: Text
    revision: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")] | None = None
    files: Annotated[tuple[FileName, ...], Field(min_length=1, strict=False)]
    sha256: dict[FileName, Sha256] = Field(default_factory=dict)
    license: str
    terms: str
    language: Text
    generator: Text
    per_record: dict[Told, Text] = Field(default_factory=dict)
    expect: Expected = Expected()
    cost_usd: NonNegativeFloat | None = None
    website: Website | Literal[""] = ""
    citation: str = ""

    @property
    def part(self) -> str:
        """The id of the part that this corpus becomes."""
        return f"corpus/{self.name}"

    @property
    def unpinned(self) -> tuple[str, ...]:
        """The files of which nothing says which bytes they are; () where the corpus is pinned."""
        if self.where == "hub":
            return () if self.revision else self.files
        return tuple(name for name in self.files if name not in self.sha256)

    def pinned_at(self, file: str) -> str:
        """The revision of what a file holds: the hub's commit, or the file's SHA-256."""
        return self.revision or self.sha256[file]

    def told(self, record: dict[str, Any], field: Told) -> str:
        """What a record says of itself, if the description knows by which key; else "", as for what is no text."""
        value = record.get(self.per_record.get(field, ""))
        return value.strip() if isinstance(value, str) else ""

    def license_of(self, record: dict[str, Any]) -> str:
        """The licence of a record's rows in the one spelling, `a|b` for several: its own, else that of all.

        Its own is what stands under `license`, or under the key that the description names; `unknown` where that is in
        a form that is no text.
        """
        value = record.get(self.per_record.get("license", OWN_LICENSE))
        listed = value if isinstance(value, list) else [value]
        told = [text for text in listed if isinstance(text, str)]
        if value and not told:
            return UNKNOWN
        return row_license(*told) or row_license(self.license)


class CorpusRecord(Frozen):
    """A record of a corpus as its file holds it.

    id: the record's own, else `#` and its place. file: one of the corpus's. place: its number in that file, counted
    from 1, after the file's name where the corpus has several. text: a JSON object, as in the file where that is JSON.
    """

    id: Text
    file: Text
    place: Text
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
    patterns = [name for name in corpus.files if "*" in name]
    if patterns and corpus.where != "hub":
        where = f"{path}, key files"
        raise InputError("names of files", patterns[0], where, "patterns are for the hub: name each file")
    return corpus
