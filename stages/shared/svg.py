"""What every picture needs that is written as SVG by hand: texts that are escaped and fit, and short numbers."""

import html
import re
import unicodedata

_NO_TEXT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def fitted(text: str, room: float) -> str:
    """A text that takes no more room than so many Latin characters; East Asian ones take twice that."""
    text = " ".join(_NO_TEXT.sub("", text).split())
    wide = [2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text]
    if sum(wide) <= room:
        return text
    kept = 0
    while kept < len(text) and sum(wide[: kept + 1]) < room:
        kept += 1
    return text[:kept].rstrip() + "…"


def escaped(text: str) -> str:
    """A text as XML has it: escaped, without the signs that XML forbids."""
    return html.escape(_NO_TEXT.sub("", text))


def pixels(value: float) -> str:
    """A length or place in pixels, to a tenth."""
    return f"{value:.1f}".removesuffix(".0")
