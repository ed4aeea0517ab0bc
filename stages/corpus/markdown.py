"""What a web page leaves in a conversation: HTML made Markdown, and the labels and counters of the page removed.

The steps are those that Open-Instructions and FastChat apply to ShareGPT (spec C2, step 1). Code is left as it is:
only what stands outside of fences is squeezed.
"""

import re
from dataclasses import replace
from functools import cache
from typing import Any

from html_to_markdown import ConversionOptions, convert

_HTML = re.compile(
    r"\s*(?:\d{1,4} / \d{1,4}\s*)?<(?:div|p|pre|ol|ul|h[1-6]|table|blockquote|hr|br|span)\b[^<>]*>", re.IGNORECASE
)
_TAG = re.compile(r"<[^<>]*>")
_PRE = re.compile(r"<pre\b[^<>]*>", re.IGNORECASE)
_PRE_END = re.compile(r"(</pre>)", re.IGNORECASE)
_CODE = re.compile(r"<code\b[^<>]*>", re.IGNORECASE)
_CODE_END = re.compile(r"</code>", re.IGNORECASE)
_CLASS = re.compile(r"\blang(?:uage)?-([\w+#.-]+)")
# Blanks are never given back, or a fence and a line of blanks would be tried in all ways to share them out.
_LABEL = re.compile(
    r"^(?P<fence>[ >]*```)[ \t]*+\n?+[ \t]*+(?P<language>[\w+#.-]*?)[ \t]*+(?:Copy code)+[ \t]*+\n?", re.MULTILINE
)
_LABEL_LINE = re.compile(r"^[ \t]*[\w+#.-]*?Copy code[ \t]*$\n?", re.MULTILINE)
_COUNTER = re.compile(r"\s*(?P<page>\d{1,4}) / (?P<pages>\d{1,4})(?!\d)\s*(?=\S)")
_COPIED = re.compile(r"Copy\d+ chars / \d+ words")
_EMPTY_CODE = re.compile(r"^ *```[\w+#.-]*[ \t]*\n\s*```[ \t]*$\n?|^ *``````[ \t]*$\n?|``` *```(?!`)", re.MULTILINE)
_TWO_FENCES = re.compile(r"```[\w+#.-]*\s*```")
"""What stands in every text in which _EMPTY_CODE finds something; it is told much faster."""

_FENCE = re.compile(r"^ *(?P<mark>```+|~~~+).*?(?:^ *(?P=mark)[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_BLANK_LINES = re.compile(r"\n{3,}")


def is_html(text: str) -> bool:
    """Whether a text begins with the tag of a block, as an answer copied out of a page does; a fence is no tag."""
    return _HTML.match(text) is not None


def from_html(text: str) -> str:
    """HTML as Markdown, without outer blanks: a fence around each block of code, with its language where it is named.

    Raises ValueError where the library finds nothing in what holds text.
    """
    found = str(convert(_plain_code(text), _options()).content or "").strip()
    if not found and _TAG.sub("", text).strip():
        raise ValueError("HTML in which no text was found")
    return found


def without_leftovers(text: str) -> str:
    """A text of a conversation without what the page added to it, and without outer blanks.

    Removed: a leading page counter `n / m` where more follows, `Copy code` labels, `CopyN chars / M words`, code blocks
    that hold nothing; three line breaks and more become one, outside of code.
    """
    if "Copy" in text:
        text = _LABEL.sub(r"\g<fence>\g<language>\n", _COPIED.sub("", text))
        text = _LABEL_LINE.sub("", text)
    if " / " in text and (match := _COUNTER.match(text)) and 1 <= int(match["page"]) <= int(match["pages"]):
        text = text[match.end() :]
    if _TWO_FENCES.search(text):
        text = _EMPTY_CODE.sub("", text)
    if "\n\n\n" in text:
        text = _squeezed(text)
    return text.strip()


def _plain_code(html: str) -> str:
    """HTML whose blocks of code are without the boxes, colours and buttons that a page draws around them."""
    parts = _PRE_END.split(html)
    for place in range(0, len(parts) - 1, 2):
        start = _PRE.search(parts[place])
        code = _CODE.search(parts[place], start.end()) if start else None
        if start and code:
            label = _TAG.sub(" ", parts[place][start.end() : code.start()]).replace("Copy code", " ").split()
            named = _CLASS.search(code[0])
            language = label[0] if len(label) == 1 else named[1] if named else ""
            marked = f' class="language-{language}"' if re.fullmatch(r"[\w+#.-]+", language) else ""
            end = _CODE_END.search(parts[place], code.end())
            inner = _TAG.sub("", parts[place][code.end() : end.start() if end else None])
            rest = parts[place][end.end() :] if end else ""
            parts[place] = f"{parts[place][: start.start()]}<pre><code{marked}>{inner}</code>{_TAG.sub('', rest)}"
    return "".join(parts)


def _squeezed(text: str) -> str:
    """Three line breaks and more as one, in what is no code (spec C2, step 1)."""
    pieces, end = [], 0
    for match in _FENCE.finditer(text):
        pieces += [_BLANK_LINES.sub("\n", text[end : match.start()]), match[0]]
        end = match.end()
    return "".join([*pieces, _BLANK_LINES.sub("\n", text[end:])])


@cache
def _options() -> Any:
    """How the library writes: no metadata, which nobody reads and which costs a third of the time.

    Options that come from JSON hold what the library works with; others it would look up by name for each text.
    """
    return replace(ConversionOptions.from_json('{"extract_metadata": false}'), preprocessing=None)
