"""Predictions and references of every kind that a benchmark meets, made from the texts that are shipped, seeded."""

import random
from collections.abc import Iterator, Sequence

from tests.model.tokenizers import seeds

Made = tuple[str, Sequence[str]]
"""A prediction and its references."""

ODD = (
    "", " \n\t", "...", "42", "3.14", "-7", "1,000,000", "0", "İstanbul ﬁne Straße", "日本語の答え", "naïve café",
    "👍🏽 yes", "a_b-c/d", "<b>bold</b>", "\u2028line\u2029", "É\u0301", "K is Kelvin", "ſtress teſts",
)  # fmt: skip


def predictions(count: int, seed: int = 1) -> Iterator[Made]:
    """Empty, long, short, unicode and number texts with one to four references, some of them near the prediction."""
    chance = random.Random(seed)
    texts = [text for task in seeds() for text in task if text]
    for _ in range(count):
        references = [_text(chance, texts) for _ in range(chance.choice((1, 1, 2, 4)))]
        near = chance.random() < 0.4
        yield (_changed(chance, chance.choice(references), texts) if near else _text(chance, texts)), references


def long_answers(count: int, seed: int = 2) -> Iterator[Made]:
    """Predictions and two references each, all of 50 to 200 words, half of the words in common."""
    chance = random.Random(seed)
    words = [word for task in seeds() for text in task for word in text.split()]
    for _ in range(count):
        start, length = chance.randrange(len(words) - 200), chance.randint(50, 200)
        references = [_changed(chance, " ".join(words[start : start + length]), words) for _ in range(2)]
        yield _changed(chance, references[0], words), references


def _text(chance: random.Random, texts: Sequence[str]) -> str:
    kind = chance.random()
    if kind < 0.2:
        return chance.choice(ODD)
    if kind < 0.25:
        return " ".join(chance.choices(texts, k=8))
    if kind < 0.35:
        return str(round(chance.uniform(-1000, 1000), chance.randrange(4)))
    return chance.choice(texts)


def _changed(chance: random.Random, text: str, texts: Sequence[str]) -> str:
    """The text with every fourth word or so dropped, moved, repeated, in capitals or exchanged for another's."""
    words = text.split()
    for place in range(len(words)):
        change = chance.random()
        if change < 0.05:
            words[place] = ""
        elif change < 0.10:
            other = chance.randrange(len(words))
            words[place], words[other] = words[other], words[place]
        elif change < 0.15:
            words[place] *= 2
        elif change < 0.20:
            words[place] = words[place].upper() + "s"
        elif change < 0.30:
            words[place] = (chance.choice(texts).split() or [""])[0]
    return " ".join(words)
