"""Text as bytes, the vocabulary of the tiny model: no tokenizer to train, download or keep.

Ids are those of ByT5: 0 pads, 1 ends, 2 is for the unknown (and not used), byte b is b + 3.
"""

from collections.abc import Iterable

from pydantic import Field

from stages.shared.records import Frozen

PAD, END, FIRST_BYTE = 0, 1, 3
VOCABULARY = FIRST_BYTE + 256
BETWEEN = b"\n"


class Encoding(Frozen):
    """How much a model sees.

    source_bytes, target_bytes: the longest source and target in ids, the end mark included. instruction_share: how
    much of the source (0 to 1) the instruction may take; the rest is left to the input however long the instruction is.
    """

    source_bytes: int = Field(gt=1)
    target_bytes: int = Field(gt=0)
    instruction_share: float = Field(gt=0, le=1)

    @property
    def instruction_bytes(self) -> int:
        """The room of the instruction in bytes."""
        return int(self.source_bytes * self.instruction_share)


def source_ids(encoding: Encoding, instruction: str, input: str) -> list[int]:
    """What the encoder reads: instruction, line break, input, end mark; each cut on its right where it is too long."""
    read = _cut(instruction.encode("utf-8", "replace"), encoding.instruction_bytes)
    if input:
        read += BETWEEN
        read += _cut(input.encode("utf-8", "replace"), encoding.source_bytes - len(read) - 1)
    return [byte + FIRST_BYTE for byte in read[: encoding.source_bytes - 1]] + [END]


def target_ids(encoding: Encoding, output: str) -> list[int]:
    """What the decoder is to write: the output and the end mark; a text too long is cut and has no end mark."""
    wanted = output.encode("utf-8", "replace")
    if len(wanted) < encoding.target_bytes:
        return [byte + FIRST_BYTE for byte in wanted] + [END]
    return [byte + FIRST_BYTE for byte in _cut(wanted, encoding.target_bytes)]


def text(ids: Iterable[int]) -> str:
    """The text that a model wrote, up to its end mark; bytes that make no character are left out."""
    written = bytearray()
    for id in ids:
        if id == END:
            break
        if id >= FIRST_BYTE:
            written.append(id - FIRST_BYTE)
    return written.decode("utf-8", "ignore")


def _cut(text: bytes, length: int) -> bytes:
    """The first `length` bytes, less where that would halve a character."""
    if len(text) <= length:
        return text
    length = max(length, 0)
    while length and text[length] & 0xC0 == 0x80:
        length -= 1
    return text[:length]
