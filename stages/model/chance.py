"""Choices that a hash makes: the same for the same id in every run, version and place.

Nothing here depends on the other instances, so what joins the dataset later changes no earlier choice.
"""

import hashlib


def fraction(purpose: str, id: str) -> float:
    """A number from 0 up to 1 that is fixed by a purpose and an id, and independent between purposes."""
    digest = hashlib.sha256(f"{purpose}:{id}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def chosen(purpose: str, id: str, share: float) -> bool:
    """Whether an id belongs to the `share` (0 to 1) that is chosen for a purpose; a larger share keeps the smaller."""
    return fraction(purpose, id) < share
