"""Records of JSON files, read as streams: lines, an array, one object, or the array under a key of one object.

Where a value ends is found by its quotes and brackets alone, whatever else is wrong with it, so that a bad element
costs only itself. What no element can be blamed for (a file that ends too early, text after its end, a missing comma)
is an InputError, raised when all before it was yielded.
"""

import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from stages.corpus.judging import Refused, Text, judge, parse
from stages.corpus.window import BLOCK, Window, end, none_of
from stages.shared.errors import InputError

_QUOTE, _BACKSLASH = b'"\\'
_OPENING = b"[{"

# No group that repeats here ever gives back what it took, so that reading stays linear whatever comes.
_UNESCAPED = none_of(b'"\\') + rb"*+"
_CHARACTERS = _UNESCAPED + rb"(?:\\." + _UNESCAPED + rb")*+"
_STRING = rb'"' + _CHARACTERS + rb'"'
_PLAIN = none_of(rb'"[]{}') + rb"*+"


def _balanced(levels: int) -> bytes:
    """A pattern for a list or an object, whole and nested up to some levels; brackets of both kinds are alike."""
    inside = rb"|" + _balanced(levels - 1) if levels > 1 else rb""
    return rb"[\[{]" + _PLAIN + rb"(?:(?:" + _STRING + inside + rb")" + _PLAIN + rb")*+[\]}]"


_VALUE = re.compile(_STRING + rb"|" + _balanced(5), re.DOTALL)
_FLAT = re.compile(_PLAIN + rb"(?:" + _STRING + _PLAIN + rb")*+", re.DOTALL)
_STRING_REST = re.compile(_CHARACTERS, re.DOTALL)
_BRACKETS = re.compile(rb"[\[{]++|[\]}]++")
_SCALAR = re.compile(none_of(b',"[]{}') + rb"*+")
_SPACE = re.compile(rb"[ \t\r\n]*+")
_BLANK = re.compile(rb"[ \t\r]*+")


def lines(file: BinaryIO, longest: int) -> Iterator[Text | Refused]:
    """The records of JSON Lines; a line of more than `longest` bytes is refused without being held."""
    number = 0
    while line := file.readline(longest + 1):
        number += 1
        whole = len(line) <= longest or line.endswith(b"\n")
        yield judge(str(number), line if whole else None)
        while not whole and (rest := file.readline(BLOCK)):
            whole = rest.endswith(b"\n")


def document(file: BinaryIO, where: str, longest: int, block: int = BLOCK) -> Iterator[Text | Refused]:
    """The records of a file in JSON: an array's elements, or one object, or lines after all.

    It holds lines where its first line is a whole object and another object begins on a later one. Raises InputError
    naming the byte where the file is none of these.
    """
    window = Window(file, where, block)
    first = peek(window)
    if first == b"[":
        yield from array(window, longest)
    elif first != b"{":
        raise window.fault("an array or an object of JSON")
    elif _begins_lines(window, longest):
        file.seek(0)
        yield from lines(file, longest)
    else:
        file.seek(0)
        window = Window(file, where, block)
        yield judge("1", value(window, longest))
        _finish(window, "object")


def array(window: Window, longest: int) -> Iterator[Text | Refused]:
    """The records of an array that begins here; raises InputError as the module says."""
    for number, raw in enumerate(elements(window, longest), start=1):
        yield judge(str(number), raw)
    _finish(window, "array")


def rows(file: BinaryIO, where: str, key: str, longest: int, block: int = BLOCK) -> Iterator[Text | Refused]:
    """The records of one object whose array under a key holds them: the object with one element of it at a time.

    The file is read twice, since other keys may stand after the array; so a fault in it is raised before the first
    record. Raises InputError too where the key is not there or holds no array, and where the rest of the object is no
    JSON or more than `longest` bytes.
    """
    start, *around = _around(Window(file, where, block), key, longest)
    rest = parse("", b"".join(around))
    if isinstance(rest, Refused):
        expected = f"JSON beside the array under {key!r}"
        raise InputError(expected, f"{rest.reason} ({rest.detail})", where, "mend it")
    head, tail = (part.decode() for part in around)
    room = longest - sum(map(len, around))
    file.seek(start)
    window = Window(file, where, block, start)
    for number, raw in enumerate(elements(window, room), start=1):
        found = parse(str(number), raw)
        yield found if isinstance(found, Refused) else Text(str(number), f"{head}{found[0]}{tail}")


def elements(window: Window, longest: int) -> Iterator[bytes | None]:
    """The elements of the array that is next; None for one of more than `longest` bytes.

    Nothing between two commas, or after the last, is an element of no bytes. Raises InputError at the end of the file
    and where something else than a comma follows an element.
    """
    _take(window, b"[", "an array")
    if peek(window) == b"]":
        window.at += 1
        return
    while True:
        yield b"" if peek(window) in (b",", b"]") else value(window, longest)
        if peek(window) == b"]":
            window.at += 1
            return
        _take(window, b",", "a comma or the end of the array")


def value(window: Window, longest: int) -> bytes | None:
    """The value that begins here, as it stands; None where it has more than `longest` bytes, which are not held.

    What is no string, list or object goes up to the next comma, quote or bracket. Raises InputError at the end of the
    file.
    """
    first = peek(window)
    match = _VALUE.match(window.data, window.at)
    if match:
        window.at = match.end()
        return match[0] if match.end() - match.start() <= longest else None
    held: list[bytes] = []
    size = 0
    for piece in _pieces(window) if first in (b'"', b"[", b"{") else _scalar(window):
        size += len(piece)
        if size <= longest:
            held.append(piece)
        else:
            held.clear()
    return b"".join(held) if size <= longest else None


def peek(window: Window, blank: re.Pattern[bytes] = _SPACE) -> bytes:
    """The next byte that is not blank, which is not taken; b"" at the end of the file."""
    while window.skip(blank) == len(window.data):
        if not window.more():
            return b""
    return window.data[window.at : window.at + 1]


def _take(window: Window, byte: bytes, expected: str) -> None:
    if peek(window) != byte:
        raise window.fault(expected)
    window.at += 1


def _finish(window: Window, what: str) -> None:
    if peek(window):
        raise window.fault(f"nothing after the end of the {what}")


def _pieces(window: Window) -> Iterator[bytes]:
    """A string, list or object in pieces, one for each block that it is in."""
    start = window.place
    depth, inside = 0, window.data[window.at] == _QUOTE
    # Past its own quote a string is inside; a bracket is for _go_on to count.
    at = window.at + inside
    while True:
        at, depth, inside = _go_on(window.data, at, depth, inside)
        yield window.data[window.at : at]
        window.at = at
        if not depth and not inside:
            return
        if not window.more():
            window.at = len(window.data)
            raise window.fault(f"the end of what begins at byte {start}")
        at = window.at


def _go_on(data: bytes, at: int, depth: int, inside: bool) -> tuple[int, int, bool]:
    """Read on in a value: where it ends or the data does, how many brackets are open there, and whether a string is.

    A backslash at the end of the data is left for when the byte after it is there.
    """
    while True:
        if inside:
            at = end(_STRING_REST, data, at)
            if at == len(data) or data[at] == _BACKSLASH:
                return at, depth, True
            at += 1
            if not depth:
                return at, 0, False
        at = end(_FLAT, data, at)
        brackets = _BRACKETS.match(data, at)
        if brackets is None:
            inside = at < len(data)
            if not inside:
                return at, depth, False
            at += 1
            continue
        inside = False
        count = brackets.end() - at
        if data[at] not in _OPENING:
            if count >= depth:
                return at + depth, 0, False
            count = -count
        depth += count
        at = brackets.end()


def _scalar(window: Window) -> Iterator[bytes]:
    """What is no string, list or object, in pieces."""
    while True:
        at = window.at
        yield window.data[at : window.skip(_SCALAR)]
        if window.at < len(window.data):
            return
        if not window.more():
            raise window.fault("a value and what follows it")


def _begins_lines(window: Window, longest: int) -> bool:
    """Whether the object that begins here is a line of its own with another object on a line after it."""
    try:
        first = value(window, longest)
    except InputError:
        return False  # it is read again as one object, which says where it ends
    one_line = first is None or b"\n" not in first
    return one_line and peek(window, _BLANK) == b"\n" and peek(window) == b"{"


def _around(window: Window, key: str, longest: int) -> tuple[int, bytes, bytes]:
    """The byte where the array under a key begins, and the object before and after its elements."""
    _take(window, b"{", "one object of JSON")
    before: list[bytes] = []
    after: list[bytes] = []
    start = -1
    while True:
        name = _name(window, longest)
        if name == json.dumps(key).encode():
            if start >= 0 or peek(window) != b"[":
                raise window.fault(f"one array under the key {key!r}")
            start = window.place
            for _ in elements(window, 0):
                pass
        else:
            part = value(window, longest - sum(map(len, [*before, *after])))
            if part is None:
                raise _too_large(window, key, longest)
            (before if start < 0 else after).append(name + b": " + part.strip())
        if peek(window) == b"}":
            break
        _take(window, b",", "a comma or the end of the object")
    window.at += 1
    _finish(window, "object")
    if start < 0:
        raise InputError(f"an array under the key {key!r}", "none", window.where, "name the key in the description")
    head = b"{" + b"".join(one + b", " for one in before) + json.dumps(key).encode() + b": ["
    tail = b"]" + b"".join(b", " + one for one in after) + b"}"
    return start, head, tail


def _name(window: Window, longest: int) -> bytes:
    """The key of an object that is next, as JSON in ASCII; its colon is taken."""
    if peek(window) != b'"':
        raise window.fault("a key of the object")
    found = parse("", value(window, longest))
    if isinstance(found, Refused):
        raise window.fault(f"a key of the object before this ({found.reason})")
    _take(window, b":", "a colon after the key")
    return json.dumps(found[1]).encode()


def _too_large(window: Window, key: str, longest: int) -> InputError:
    expected = f"at most {longest} bytes (`collect.longest_record`) beside the array under {key!r}"
    return InputError(expected, "more", f"{window.where}, byte {window.place}", "allow longer records")
