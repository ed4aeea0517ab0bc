"""What tools left in the texts of datasets, and how a person would have written it: for the style `sound`."""

import ast
import re
from collections.abc import Callable

LONGEST_LIST = 20_000
"""Characters of a text beyond which it is not read as a written list."""

_SUM = re.compile(r"<<[^<>\n]{1,80}=[^<>\n]{1,40}>>")
_LIST_STARTS = ("['", '["')

_STARTS = ('"', "[", "This article", "This section")
_ENDS = ("source:Wikipedia", "CANNOTANSWER")
"""How texts begin and end that may be quoted, a list, begin with a banner of Wikipedia, or end with a note."""

_BANNER = re.compile(
    r"This (?:article|section)\b[^\n]{0,600}?\(Learn how and when to remove this template message\)\s*"
)
_REMARK = re.compile(r"\[(?:edit|[a-z]+ needed)\]")
_LAST = re.compile(r"(?:source:Wikipedia|\bCANNOTANSWER)$")
"""What the pages of Wikipedia say of themselves, and what stands for "no answer" at the end of a context. Each is
looked for where it may be and nowhere else: one pattern for all took most of the time.
"""

_RESULT = re.compile(r"\n#### (-?[$€£]?\d[\d,./:]{0,50}%?)$")
RESULT_CHARS = 80
"""A result line is within so many characters of the end."""


def may_have(text: str) -> bool:
    """Whether a text, as it came or tidied, may hold any of the traces below; False for nearly all, and soon told."""
    text = text.strip()
    # A single character is found many times sooner than two.
    return (
        text.startswith(_STARTS)
        or text.endswith(_ENDS)
        or (" " not in text and "_" in text)
        or ("<" in text and "<<" in text)
        or ("*" in text and "? ** " in text)
        or ("[" in text and ("[edit]" in text or " needed]" in text))
        or "#### " in text[-RESULT_CHARS:]
    )


def without(text: str, is_title: bool, write_list: Callable[[list[str]], str]) -> str:
    """A text without traces.

    A calculator's marks go (`2*3=<<2*3=6>>6` is `2*3=6`), a result on a last line of its own is said in words
    (`#### 6`), and questions of a tutor stand before their answers as before (`How many? ** 6`). Notes of Wikipedia's
    pages go, quotes around the whole text go, a list of strings in Python's or JSON's form is written by `write_list`,
    and a title that is the end of a web address (`Newcastle_upon_Tyne`) has its blanks again.
    """
    if "<<" in text:
        text = _SUM.sub("", text)
    if "#### " in text[-RESULT_CHARS:]:
        text = _RESULT.sub(r"\nThe answer is \1.", text)
    text = _without_notes(text.replace("? ** ", "? ")) or text
    if text.startswith(_LIST_STARTS) and text.endswith("]"):
        items = read_list(text)
        return write_list(items) if items else text
    if len(text) > 2 and text[0] == text[-1] == '"' and text.count('"') == 2 and text[1:-1].strip():
        return text[1:-1].strip()
    if is_title and "_" in text and " " not in text:
        return text.replace("_", " ").strip() or text
    return text


def _without_notes(text: str) -> str:
    if text.startswith("This "):
        text = _BANNER.sub("", text, count=1)
    if text.endswith(_ENDS):
        text = _LAST.sub("", text)
    if "[" in text:
        *parts, rest = _REMARK.split(text)
        text = "".join([part.removesuffix(" ") for part in parts]) + rest
    return text.strip()


def read_list(text: str) -> list[str]:
    """The strings of a list that was written as a text, without blanks around them; [] where it is no such list."""
    if len(text) > LONGEST_LIST:
        return []
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        return []
    return [item.strip() for item in found if item.strip()]
