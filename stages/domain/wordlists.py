"""Words that an instruction for a text model does without, by answer format (spec B4), and languages without blanks."""

import re
from functools import cache

MEDIA = (
    "image", "images", "picture", "pictures", "file", "files", "draw", "plot", "go to", "video", "audio", "music",
    "flowchart", "diagram",
)  # fmt: skip
GRAPHS = ("graph", "graphs")
MAPS = ("map", "maps")

BLOCKED: dict[str, tuple[str, ...]] = {
    "numbered": (*MEDIA, *GRAPHS, *MAPS),
    "plain": (*MEDIA, *GRAPHS),
    "latex": MEDIA,
}
"""18, 16 and 14 entries: a list of ideas may be about maps, and mathematics about graphs too."""

UNSPACED = frozenset({"zh", "ja", "th", "lo", "km", "my", "bo", "yue", "zho", "jpn", "tha"})
"""Languages whose writing puts no blanks between words, by code."""


def blocked_in(text: str, listed: tuple[str, ...]) -> str:
    """The first entry of a list that stands in a text as whole words, in any case; "" where none does."""
    found = _pattern(listed).search(text)
    return found[0] if found else ""


@cache
def _pattern(listed: tuple[str, ...]) -> re.Pattern[str]:
    entries = "|".join(re.escape(entry) for entry in sorted(listed, key=len, reverse=True))
    return re.compile(rf"\b(?:{entries})\b", re.IGNORECASE)
