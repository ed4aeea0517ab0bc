"""Rows that hold what a dataset should not spread: secrets, e-mail addresses, phone numbers, abusive words.

Each kind is told by rules on the text of a row, cheap tests first, since every row is asked. They find what has a
well-known form and nothing else: a secret without its usual prefix or name, an address spelt out (`jo at x dot org`), a
number without the punctuation of one, and abuse in other words or languages than those of stages/shared/toxicity.py
pass unseen; a quotation or a dictionary that holds such a word is counted as toxic. They serve to count and to sort
out, not to prove.
"""

import math
import re
from collections import Counter
from collections.abc import Collection
from typing import Literal

from stages.shared.toxicity import is_toxic

Kind = Literal["secret", "email", "phone", "toxic"]
KINDS: tuple[Kind, ...] = ("secret", "email", "phone", "toxic")
"""What a row may hold, in the order in which a reason to drop it is named."""

_KEYS = tuple(
    re.compile(pattern)
    for pattern in (
        r"AKIA[A-Z0-9]{16}(?![A-Za-z0-9])",
        r"ASIA[A-Z0-9]{16}(?![A-Za-z0-9])",
        r"gh[pousr]_[A-Za-z0-9]{36,}",
        r"github_pat_[A-Za-z0-9_]{40,}",
        r"glpat-[A-Za-z0-9_-]{20,}",
        r"hf_[A-Za-z0-9]{34}(?![A-Za-z0-9])",
        r"sk-(?:proj-|ant-[a-z0-9]+-)?[A-Za-z0-9_-]{32,}",
        r"sk_live_[A-Za-z0-9]{20,}",
        r"rk_live_[A-Za-z0-9]{20,}",
        r"xox[abprs]-[A-Za-z0-9-]{20,}",
        r"AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])",
        r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}",
        r"npm_[A-Za-z0-9]{36}",
        r"pypi-[A-Za-z0-9_-]{50,}",
        r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
    )
)
"""Keys that services hand out. Each pattern opens with fixed letters, which makes the search for it quick."""

_PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z]+ ){0,2}PRIVATE KEY-----")
_GIVEN = r"[\"']?(?:\s{0,3}(?::=|=>|=|:)\s{0,3}|\s)[\"']?(?P<value>[a-z0-9+/_.~-]{20,200}={0,2})"
_ASSIGNED = tuple(
    re.compile(name + _GIVEN)
    for name in (
        "passw(?:or)?d", "secret", "api[_-]?key", "access[_-](?:key|token)", "auth[_-]token", "bearer",
    )
)  # fmt: skip
"""Names of secrets, each with what follows where a value is given to it, in lower case."""

_EMAIL = re.compile(
    r"(?<![\w.+/@-])[A-Za-z0-9](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_+-])?@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,4}"
    r"[A-Za-z]{2,12}(?![\w@/:-])"
)
_FILE_ENDINGS = ("png", "jpg", "jpeg", "gif", "svg", "js", "py", "java", "class", "css", "html", "txt", "json", "local")
_PHONE = re.compile(
    r"""
    (?: \+\d{1,3}[\s.-]?\(?\d{1,4}\)?(?:[\s.-]?\d{2,4}){2,4}
      | \(\d{3}\)\s?\d{3}[-.\s]\d{4}
      | (?:1[-.])?\d{3}([-.])\d{3}\1\d{4}
    )
    (?![\w/-]|[.,]\d|\s\d)
    """,
    re.VERBOSE,
)
_BEFORE_PHONE = re.compile(r"[\w.,/=#$€£+-]$|\d\s$")
"""What stands before digits that are a part of something else: a longer number, a price, a formula."""

_FORMS = bytes(
    ord("0") if chr(byte) in "0123456789" else byte if chr(byte) == "+" else 32 if chr(byte) in " .-)" else 97
    for byte in range(256)
)
"""Each byte as a digit (0), a plus sign, what may part the digits of a phone number (a blank), or anything else."""

_TOKENS = bytes(97 if chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "_-") else 32 for byte in range(256))
"""Each byte as a part of a key or not."""

_LONG = b"a" * 20
"""As many bytes in a row as any secret has that is looked for."""


_ESCAPED = re.compile(r"\\[nrtbf]")


def kinds(row: str) -> tuple[Kind, ...]:
    """What a row, as JSON, holds of KINDS, in their order."""
    text = _ESCAPED.sub(" ", row).replace('\\"', '"') if "\\" in row else row
    found = (has_secret(text), has_email(text), has_phone(text), is_toxic(text))
    return tuple(kind for kind, there in zip(KINDS, found, strict=True) if there)


def reason(found: Collection[Kind], dropped: Collection[Kind]) -> str:
    """The first kind of a row that policy drops, as the reason word; "" where there is none."""
    return next((kind for kind in KINDS if kind in found and kind in dropped), "")


def has_secret(text: str) -> bool:
    """Whether a text holds a key of a well-known form, or a random value under the name of a secret."""
    if "PRIVATE KEY-" in text and _PRIVATE_KEY.search(text):
        return True
    if _LONG not in _bytes(text).translate(_TOKENS):
        return False
    lower = text.lower()
    for pattern in _KEYS:
        for match in pattern.finditer(text):
            if _is_random(match[0]) and not text[max(0, match.start() - 1) : match.start()].isalnum():
                return True
    return any(_is_random(match["value"]) for pattern in _ASSIGNED for match in pattern.finditer(lower))


def has_email(text: str) -> bool:
    """Whether a text holds an e-mail address; names of files and of decorators are none."""
    if "@" not in text:
        return False
    found = (match[0].rpartition(".")[2].lower() for match in _EMAIL.finditer(text))
    return any(ending not in _FILE_ENDINGS for ending in found)


def has_phone(text: str) -> bool:
    """Whether a text holds a phone number with its punctuation; a plain run of digits is none."""
    data = _bytes(text)
    forms = data.translate(_FORMS)
    for mark in (b"0 0000", b"+0"):
        at = forms.find(mark)
        while at >= 0:
            if _is_phone(data, at):
                return True
            at = forms.find(mark, at + len(mark))
    return False


def _is_phone(data: bytes, at: int) -> bool:
    """Whether a phone number stands around a place in a text."""
    first = max(0, at - 20)
    window = data[first : at + 30].decode("utf-8", "ignore")
    for match in _PHONE.finditer(window):
        whole = match.start() > 1 or not first
        before = window[max(0, match.start() - 2) : match.start()]
        if whole and 8 <= sum(map(str.isdigit, match[0])) <= 15 and not _BEFORE_PHONE.search(before):
            return True
    return False


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _is_random(value: str) -> bool:
    """Whether a value looks drawn by chance: letters and digits mixed, few of them repeated."""
    if not (re.search(r"\d", value) and re.search(r"[A-Za-z]", value)):
        return False
    counts = Counter(value).values()
    bits = -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
    return bits > 3.3
