"""HTML that can't be broken by what stands in it: every text becomes text, whatever signs it holds.

A page is built of elements (`element`) whose children are texts or other elements. Only `Html` is written as it is, and
only this module and the page's own style and script make any.
"""

import html
import re
from dataclasses import dataclass

VOID = frozenset({"meta", "br", "rect", "line", "circle"})
"""Elements without children; those of SVG close themselves, as HTML lets them."""

_NO_TEXT = re.compile(r"[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")
"""Control characters, half characters and signs that are none: HTML forbids them even when escaped."""


@dataclass(frozen=True)
class Html:
    """A piece of a page, ready to be written."""

    code: str


Child = Html | str | int
"""What an element holds: a piece of the page as it is, or a text or whole number, which is escaped."""


def text(value: object) -> Html:
    """A text as HTML shows it: escaped, with the replacement sign in place of what HTML forbids."""
    return Html(html.escape(_NO_TEXT.sub("\ufffd", str(value))))


def element(name: str, /, *children: Child, **attributes: str | int) -> Html:
    """An element; `class_` stands for the attribute `class`, and `_` in a name for `-`. Values are escaped."""
    words = "".join(f' {key.rstrip("_").replace("_", "-")}="{text(value).code}"' for key, value in attributes.items())
    if name in VOID and not children:
        return Html(f"<{name}{words}/>")
    return Html(f"<{name}{words}>{joined(*children).code}</{name}>")


def joined(*children: Child) -> Html:
    """Pieces one after the other."""
    return Html("".join(child.code if isinstance(child, Html) else text(child).code for child in children))


def lines(*children: Child) -> Html:
    """Pieces one a line, so that two versions of a page can be compared line by line."""
    return Html("\n".join(joined(child).code for child in children))
