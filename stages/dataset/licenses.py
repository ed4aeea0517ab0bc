"""What the dataset is under: licenses.csv, ATTRIBUTION.md, and what that means for the dataset as a whole."""

import csv
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from stages.dataset.inventory import Inventory, Source, kind
from stages.dataset.partfiles import PartFiles
from stages.shared import files, licenses, markdown
from stages.shared.errors import InputError
from stages.shared.records import Card, Frozen

COLUMNS = ("part", "dataset", "revision", "license_found", "license", "terms", "website", "instances", "tasks")

ATTRIBUTION = """\
# Attribution

The instances of this dataset were made from these sources. Each keeps its licence: the column `license` of a row names
it, `website` and `revision` say where the source is and which of its states was read. What was done to them: rows
became instructions with inputs and answers, texts were cleaned, and duplicates were left out.
"""


class Described(Frozen):
    """What a source says of itself. found: its licence in its own words. citation: "" for none."""

    found: str
    citation: str = ""


def described(sources: Sequence[PartFiles]) -> dict[tuple[str, str], Described]:
    """What the sources of all parts say of themselves, by part and dataset; a domain's are the user's own."""
    found: dict[tuple[str, str], Described] = {}
    for source in sources:
        if source.described is None:
            continue
        if source.described.suffix == ".jsonl":
            for card in files.read_jsonl(source.described, Card):
                found.setdefault((source.id, card.dataset), Described(found=card.license_found))
        else:
            found[source.id, source.id.partition("/")[2]] = _of_corpus(source.described)
    return found


def _of_corpus(path: Path) -> Described:
    corpus = files.read_yaml(path)
    try:
        return Described(found=corpus["license"], citation=" ".join(corpus.get("citation", "").split()))
    except (KeyError, TypeError, AttributeError, ValidationError) as error:
        raise InputError("a corpus with its license", repr(error), str(path), "add the key") from error


def write(path: Path, inventory: Inventory, said: Mapping[tuple[str, str], Described]) -> None:
    """Write licenses.csv, a line for each source of each part, in UTF-8 with a header and line feeds (RFC 4180).

    An empty `license` means that the source declares none; `license_found` is what it says in its own words.
    """
    lines = []
    for source, holding in inventory.sources.items():
        lines.append(
            (
                *(source.part, source.dataset, source.revision, _found(source, said)),
                *(source.license, source.terms, source.website, str(holding.instances), str(len(holding.tasks))),
            )
        )
    with files.replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(sorted(lines))


def _found(source: Source, said: Mapping[tuple[str, str], Described]) -> str:
    """A source's licence in its own words, as far as they are known: records of a corpus may tell of another one."""
    words = said.get((source.part, source.dataset))
    own = words and (kind(source.part) == "hub" or licenses.row_license(words.found) == source.license)
    return words.found if words and own else source.license


def attribution(inventory: Inventory, said: Mapping[tuple[str, str], Described]) -> str:
    """ATTRIBUTION.md: every source with its website, licence, state and size, and how the corpora ask to be cited."""
    rows = []
    for source in sorted(inventory.sources, key=lambda source: (source.dataset, source.part, source)):
        names = [licenses.spdx(id) or id for id in source.license.split("|")] if source.license else []
        rows.append(
            (
                *(markdown.code(source.dataset), markdown.code(source.website)),
                " and ".join(map(markdown.code, names)) or licenses.NONE_DECLARED,
                *(markdown.code(source.terms), markdown.code(source.revision), markdown.code(source.part)),
                f"{inventory.sources[source].instances:,}",
            )
        )
    header = ("source", "website", "licence", "terms", "revision", "part", "instances")
    parts = [ATTRIBUTION, markdown.table(header, rows)]
    if cited := citations(inventory, said):
        lines = [f"- {markdown.code(name)}: {markdown.code(text)}\n" for name, text in cited]
        parts += ["## Citations\n", "".join(lines)]
    return "\n".join(parts)


def citations(inventory: Inventory, said: Mapping[tuple[str, str], Described]) -> list[tuple[str, str]]:
    """The sources that say how to cite them, and how, sorted."""
    there = {(source.part, source.dataset) for source in inventory.sources}
    return sorted((key[1], words.citation) for key, words in said.items() if words.citation and key in there)


def statement(inventory: Inventory) -> dict[str, Any]:
    """What the licences of all rows together allow, computed from what the sources declare; no legal advice.

    For each class of conditions the instances and datasets of each part that come under it; commercial and
    derivatives: whether all rows allow it.
    """
    classes = ("no-derivatives", "non-commercial", "share-alike", "unknown", "terms")
    found = {name: _under(inventory, name) for name in classes}
    return {
        "commercial": not (found["no-derivatives"] or found["non-commercial"] or found["unknown"] or found["terms"]),
        "derivatives": not found["no-derivatives"],
        "strictest": next((name for name in classes if found[name]), "attribution" if inventory.sources else "none"),
        "by_class": found,
    }


def _under(inventory: Inventory, name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for part in inventory.parts:
        held = [
            source
            for source in inventory.sources
            if source.part == part and name in bound(source.license, source.terms)
        ]
        if held:
            found[part] = {
                "instances": sum(inventory.sources[source].instances for source in held),
                "licenses": sorted({_saying(source, name) for source in held}),
                "datasets": len({source.dataset for source in held}),
            }
    return found


def _saying(source: Source, name: str) -> str:
    """What puts a source into a class: its licence, or else its terms."""
    return (source.license or "none") if name in bound(source.license, "") else source.terms


@lru_cache(maxsize=10_000)
def bound(license: str, terms: str) -> frozenset[str]:
    """The classes of conditions that rows come under; of several licences (`a|b`) each counts, as do words of terms."""
    ids = [licenses.license_id(id) for id in license.split("|")] if license else [""]
    found = {
        *(name for id in ids for name in licenses.classes(id)),
        *licenses.binding(terms),
        *(["unknown"] if any(licenses.kind(id) for id in ids) else []),
        *(["terms"] if terms else []),
    }
    return frozenset(found)
