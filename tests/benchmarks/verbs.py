"""How well and how fast verbs and objects are read: `python -m tests.benchmarks.verbs`.

Accuracy is on the 200 instructions read by eye, the half set aside apart. Speed is on all of Dynosaur's released
instructions, where the larger test data is there ($SAUROPOD_TEST_DATA), with a table of their verbs. Where spaCy and a
model of English are installed, both are measured for Self-Instruct's method too (spec E2), in the same run.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stages.shared import pairs
from stages.shared.verbs import verb_noun
from tests.house import ROOT
from tests.shared.test_verbs import READ_BY_EYE

RELEASED = (
    Path(os.environ.get("SAUROPOD_TEST_DATA", ROOT.parent / "shared" / "data")) / "dynosaur/instructions-full.json"
)

Parser = Callable[[list[str]], list[tuple[str, str]]]


def ours(texts: list[str]) -> list[tuple[str, str]]:
    """The project's own parser."""
    return [verb_noun(text) for text in texts]


def spacy_parser() -> tuple[str, Parser] | None:
    """Self-Instruct's method with the first installed model of English; None where there is none."""
    try:
        import spacy  # noqa: PLC0415 - no dependency of the project
    except ImportError:
        return None
    models = sorted(name for name in spacy.util.get_installed_models() if name.startswith("en_"))
    if not models:
        return None
    pipeline = spacy.load(models[0])

    def rooted(token: Any) -> tuple[str, str]:
        # As E2 has it: from a root that is no verb it goes down to the first child, and no other.
        if token.pos_ == "VERB":
            nouns = (child.lemma_ for child in token.children if child.dep_ == "dobj" and child.pos_ == "NOUN")
            return token.lemma_.lower(), next(nouns, "").lower()
        return next((rooted(child) for child in token.children), ("", ""))

    def parse(texts: list[str]) -> list[tuple[str, str]]:
        documents = pipeline.pipe(texts, disable=["ner"])
        return [rooted(next(document.sents).root) for document in documents]

    return models[0], parse


def told(name: str, parse: Parser, rows: list[list[str]], released: list[str]) -> str:
    """A line about a parser."""
    found = parse([text for *_, text in rows])
    right = [pair == (verb.strip("-"), noun.strip("-")) for pair, (_, verb, noun, _) in zip(found, rows, strict=True)]
    verbs = [pair[0] == verb.strip("-") for pair, (_, verb, _, _) in zip(found, rows, strict=True)]
    half = len(rows) // 2
    start = time.perf_counter()
    parse(released)
    seconds = time.perf_counter() - start
    speed = f", {len(released):,} instructions in {seconds:.2f} s" if released else ""
    return (
        f"{name}: verb and object right in {sum(right[:half])} of {half} and in {sum(right[half:])} of the "
        f"{len(rows) - half} set aside, the verb in {sum(verbs)} of {len(rows)}{speed}\n"
    )


def main() -> None:
    """Print what each parser reaches, and the table of verbs."""
    rows = [line.split("\t") for line in READ_BY_EYE.read_text("utf-8").splitlines()[1:]]
    released = [one["instruction"] for one in json.loads(RELEASED.read_text("utf-8"))] if RELEASED.exists() else []
    sys.stdout.write(told("rules", ours, rows, released))
    other = spacy_parser()
    if other is None:
        sys.stdout.write("spaCy: no model of English is installed, so nothing is compared\n")
    else:
        sys.stdout.write(told(f"spaCy {other[0]}", other[1], rows, released))
    if not released:
        sys.stdout.write("table of verbs: no larger test data (set SAUROPOD_TEST_DATA)\n")
        return
    counted = pairs.counted(released)
    found = pairs.spread(counted)
    sys.stdout.write(
        f"Dynosaur's {len(set(released)):,} different instructions: {found['with_pair']:,} with verb and object, "
        f"{found['unique_pairs']:,} different pairs, {found['mean']} each (spread {found['spread']})\n"
    )
    for verb, count, nouns in pairs.verbs(counted, 4):
        sys.stdout.write(f"  {verb:<12}{count:>6,}  {', '.join(f'{noun} {times:,}' for noun, times in nouns)}\n")


if __name__ == "__main__":
    main()
