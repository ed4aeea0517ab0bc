"""Which fields identify a row and tell nothing about it: prompts hide them, and select does not count on them."""

from stages.hub.rules import words

ID_WORDS = ("id", "ids", "idx")
"""A field is hidden when its last word is one of these: `id`, `story_id`, `pairID`, `idx`; spec A5."""


def is_hidden(field: str) -> bool:
    """Whether a field's last word says that it identifies a row."""
    return words.split(field)[-1:] in [(word,) for word in ID_WORDS]
