"""Places on a plane for texts, so that texts which are alike stand near each other (a t-SNE of lexical vectors).

The places are found step by step from two main directions of the vectors; there is no chance in it. Every number that
goes into the next step is rounded: what another processor computes otherwise in its last digits would grow.
"""

import numpy as np
import numpy.typing as npt

from stages.shared.lexical import principal, weigh

DIRECTIONS = 32
"""Numbers that a text is reduced to before it gets a place."""

NEIGHBOURS = 20
"""How many neighbours a text has for the most part: the perplexity of t-SNE."""

STEPS, EARLY = 220, 60
"""Steps in all, and those at first in which likeness pulls EXAGGERATION times as much, so that groups form."""

EXAGGERATION = 8.0
DIGITS = 7
"""Decimals that are kept; places are some tens."""

HALVINGS = 32
"""Steps of the search for how far a text's neighbourhood reaches."""

Floats = npt.NDArray[np.float64]


def places(texts: list[str]) -> Floats:
    """A row of two numbers for each text, which fill the square from 0 to 1; the order of texts matters a little."""
    if len(texts) < 3:
        return np.array([[0.5, 0.5], [0.25, 0.25]][: len(texts)], np.float64).reshape(-1, 2)
    found = principal(weigh(texts), DIRECTIONS)
    lengths = np.sqrt((found**2).sum(axis=1, keepdims=True))
    vectors = np.round(found / np.maximum(lengths, 10.0**-DIGITS), DIGITS)
    found = settled(affinities(vectors), vectors[:, :2] * 1e-2)
    low, high = found.min(axis=0), found.max(axis=0)
    filled: Floats = (found - low) / np.maximum(high - low, 10.0**-DIGITS)
    return filled


def affinities(vectors: Floats) -> Floats:
    """How much each text draws each other one, both ways alike; all of it sums to 1 and none draws itself.

    Each text's own draw falls off with distance so that its entropy is that of min(NEIGHBOURS, a third of the texts)
    equal neighbours.
    """
    count = len(vectors)
    # Not by BLAS: its threads change the last digits.
    distance = np.maximum(2 - 2 * np.einsum("ik,jk->ij", vectors, vectors), 0)
    np.fill_diagonal(distance, np.inf)
    distance = np.round(distance - distance.min(axis=1, keepdims=True), DIGITS)
    wanted = np.log(min(NEIGHBOURS, count / 3))
    low, high = np.full(count, -8.0), np.full(count, 16.0)
    finite = np.where(np.isinf(distance), 0, distance)
    for _ in range(HALVINGS):
        narrow = (low + high) / 2
        draw = np.exp(-distance * np.exp2(narrow)[:, None])
        total = draw.sum(axis=1)
        entropy = np.log(total) + np.exp2(narrow) * (draw * finite).sum(axis=1) / total
        low, high = np.where(entropy > wanted, narrow, low), np.where(entropy > wanted, high, narrow)
    draw = np.round(draw / total[:, None], DIGITS)
    both: Floats = (draw + draw.T) / (2 * draw.sum())
    return both


def settled(draw: Floats, start: Floats) -> Floats:
    """Where texts come to rest when each is drawn by its like and pushed off by all; `start` is where they begin."""
    rate = max(len(start) / EXAGGERATION / 4, 10.0)
    place: Floats = start - start.mean(axis=0)
    motion, gain = np.zeros_like(place), np.ones_like(place)
    for step in range(STEPS):
        across, along = (place[:, None, axis] - place[None, :, axis] for axis in (0, 1))
        near = 1 / (1 + across * across + along * along)
        np.fill_diagonal(near, 0)
        force = (draw * (EXAGGERATION if step < EARLY else 1.0) - near / near.sum()) * near
        slope = 4 * np.stack([(force * across).sum(axis=1), (force * along).sum(axis=1)], axis=1)
        gain = np.clip(np.where(slope * motion < 0, gain + 0.2, gain * 0.8), 0.01, None)
        motion = (0.5 if step < EARLY else 0.8) * motion - rate * gain * slope
        place = np.round(place + motion, DIGITS)
        place -= np.round(place.mean(axis=0), DIGITS)
    return place
