"""A stream of bytes seen through a window: one block of it is held at a time, and what was read is let go."""

import re
from typing import BinaryIO

from stages.shared.errors import InputError

BLOCK = 1 << 20
"""Bytes that are read at a time."""

MARK = b"\xef\xbb\xbf"
"""The byte order mark that a file in UTF-8 may begin with; it is no part of the text."""

_SHOWN = 24


class Window:
    """What is held of a stream. data: bytes of it. at: the next one of them; those before it are done with.

    `where` names the file in errors. The stream is read from where it stands, which is its byte `start`.
    """

    def __init__(self, file: BinaryIO, where: str, block: int = BLOCK, start: int = 0) -> None:
        self._file, self._block = file, block
        self.where = where
        # Read whole: a block may be smaller than the mark.
        self.data = file.read(max(block, len(MARK)))
        self.at = len(MARK) if start == 0 and self.data.startswith(MARK) else 0
        self._before = start

    @property
    def place(self) -> int:
        """The byte of the stream that comes next, counted from 0."""
        return self._before + self.at

    def more(self, size: int = 0) -> bool:
        """Let go of what is done with and read on, `size` bytes where that is more than a block; False at the end."""
        read = self._file.read(max(size, self._block))
        self._before += self.at
        self.data = self.data[self.at :] + read
        self.at = 0
        return bool(read)

    def skip(self, pattern: re.Pattern[bytes]) -> int:
        """Go on to the end of what a pattern matches here; one that matches nothing moves nothing."""
        self.at = end(pattern, self.data, self.at)
        return self.at

    def fault(self, expected: str) -> InputError:
        """The error for a file that is not what it should be at this byte."""
        rest = self.data[self.at : self.at + _SHOWN]
        if not rest:
            return InputError(expected, f"the end of the file at byte {self.place}", self.where, "fetch it again")
        came = f"{rest.decode('utf-8', 'replace')!r} at byte {self.place}"
        return InputError(expected, came, self.where, "fetch it again, or mend it")


def none_of(excluded: bytes) -> bytes:
    """A class of a pattern: every byte but some.

    What is in it is written out, since `re` then looks a byte up in a table, twice as fast as a class that begins with
    ^, which it compares byte by byte.
    """
    return b"[" + b"".join(rb"\x%02x" % byte for byte in range(256) if byte not in excluded) + b"]"


def end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    """Where the match of a pattern at a byte ends; `at` itself where there is none."""
    match = pattern.match(data, at)
    return match.end() if match else at
