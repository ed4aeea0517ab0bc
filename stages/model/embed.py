"""Texts as vectors: which embedder makes them, and a folder that keeps them, so that no text is embedded twice.

Each embedder has a file of its own in the folder, named by its fingerprint: the same file means vectors that can be
compared. Vectors of a model are kept for ever, since they depend on the model and the text alone. `lexical` sees all
texts together, so its fingerprint holds them too: other texts, another file.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import file_digest, sha256
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from stages.shared import lexical
from stages.shared.errors import InputError, ModelError
from stages.shared.files import open_parquet, parquet_writer
from stages.shared.params import Section
from stages.shared.records import digest

LEXICAL = "lexical"

METHOD = "mean of the last layer, 512 tokens"
"""How a model's vectors are made; whoever changes sentences.py so that other vectors come out changes this too."""

STEP = 8192
"""Texts that a model embeds before what it did is kept; a run that is stopped loses no more."""

Vector = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float32]


class Embedder(Section):
    """What makes vectors of texts, in params.yaml.

    model: `lexical` (TF-IDF, no download), or a sentence-embedding model: a folder, or an id on the hub. revision: the
    commit, for an id on the hub; null for the others. Which model Dynosaur's authors took is not known (spec A13).
    """

    model: str
    revision: str | None = Field(pattern="^[0-9a-f]{40}$")


def embed(texts: Sequence[str], embedder: Embedder, folder: Path) -> Matrix:
    """A row for each text, in their order, of length 1; all zeros where `lexical` finds a text like no other.

    The texts that `folder` doesn't hold yet are embedded, each once, and kept there. Raises ModelError for a model that
    can't be loaded or has no revision, and InputError for a damaged file in the folder.
    """
    distinct = sorted(set(texts))
    if not distinct:
        return np.zeros((0, 0), np.float32)
    file = folder / f"{fingerprint(embedder, distinct)}.parquet"
    known = _read(file) if file.exists() else {}
    missing = [text for text in distinct if _key(text) not in known]
    step = len(distinct) if embedder.model == LEXICAL else STEP
    for start in range(0, len(missing), step):
        some = missing[start : start + step]
        known.update(zip(map(_key, some), _embedded(some, embedder), strict=True))
        _write(file, known)
    return np.stack([known[_key(text)] for text in texts])


def task_vectors(texts: Mapping[str, Sequence[str]], embedder: Embedder, folder: Path) -> dict[str, Vector]:
    """A vector of length 1 for each task: the mean over its texts, by task id.

    texts: by task id, at least one each: its instruction, or several (a domain's task has many), or examples of its
    data. Raises what `embed` raises. All zeros where the texts are like no other, or their vectors cancel out.
    """
    found = embed(list(chain.from_iterable(texts.values())), embedder, folder).astype(np.float64)
    vectors, start = {}, 0
    for task_id, own in texts.items():
        mean = found[start : start + len(own)].mean(axis=0)
        length = np.linalg.norm(mean)
        vectors[task_id] = (mean / length if length > lexical.NOTHING else np.zeros_like(mean)).astype(np.float32)
        start += len(own)
    return vectors


def fingerprint(embedder: Embedder, texts: Iterable[str]) -> str:
    """What makes vectors comparable, as 16 hex digits: an embedder and its files' content, or `lexical` and its texts.

    texts: distinct and sorted. Raises ModelError for a model that is no folder and has no revision: what an id on the
    hub stands for can change, and kept vectors would no longer fit.
    """
    if embedder.model == LEXICAL:
        sizes = [lexical.BUCKETS, lexical.DIMENSIONS, lexical.SEED, lexical.PASSES]
        return digest([LEXICAL, sizes, digest(list(texts), 64)])
    place = Path(embedder.model)
    if place.is_dir():
        return digest([METHOD, [[path.name, _content(path)] for path in sorted(place.iterdir()) if path.is_file()]])
    if embedder.revision is None:
        raise ModelError(
            f"`{LEXICAL}`, a folder, or an id on the hub with the commit of its revision (40 hex digits)",
            "no such folder and no revision",
            f"embedder {embedder.model}",
            "correct the folder or add the revision",
        )
    return digest([METHOD, embedder.model, embedder.revision])


def _embedded(texts: Sequence[str], embedder: Embedder) -> Matrix:
    if embedder.model == LEXICAL:
        return lexical.lexical_vectors(texts)
    # Imported here: torch takes seconds, and the stage that needs vectors mostly needs no model for them.
    from stages.model.sentences import sentence_vectors  # noqa: PLC0415

    return sentence_vectors(texts, embedder.model, embedder.revision)


def _key(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def _content(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _read(file: Path) -> dict[bytes, Vector]:
    """The vectors that a file holds, by the hash of their text."""
    try:
        table = open_parquet(file, ["text", "vector"]).read()
        flat = table["vector"].combine_chunks().flatten().to_numpy().reshape(table.num_rows, -1)
    except (pa.ArrowException, OSError, ValueError, InputError) as error:
        came = error.came if isinstance(error, InputError) else str(error)
        raise InputError("kept vectors", came, str(file), "remove it; it is made again") from error
    return dict(zip(table["text"].to_pylist(), flat, strict=True))


def _write(file: Path, known: Mapping[bytes, Vector]) -> None:
    """Keep all vectors of an embedder, sorted by the hash of their text."""
    keys = sorted(known)
    matrix = np.stack([known[key] for key in keys])
    schema = pa.schema([("text", pa.binary(32)), ("vector", pa.list_(pa.float32(), matrix.shape[1]))])
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(matrix.reshape(-1)), matrix.shape[1])
    with parquet_writer(file, schema) as writer:
        writer.write_table(pa.table([pa.array(keys, pa.binary(32)), vectors], schema))
