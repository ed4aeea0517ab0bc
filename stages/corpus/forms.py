"""What a record of a corpus holds, whatever its format: a single exchange, a conversation, or a preference.

Formats (stages/corpus/formats) read records into these and write them back; the rules of clean judge them.
"""

from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True)
class Message:
    """One turn. tool_calls: the calls an assistant makes, as JSON text, "" for none; name: of the tool that answers."""

    role: Role
    content: str
    name: str = ""
    tool_calls: str = ""


@dataclass(frozen=True)
class Single:
    """An instruction with its input ("" for none) and output."""

    instruction: str
    input: str
    output: str


@dataclass(frozen=True)
class Chat:
    """A conversation, in the order in which it was held."""

    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Preference:
    """Two answers to a prompt, of which the first was preferred."""

    prompt: tuple[Message, ...]
    chosen: str
    rejected: str


Found = Single | Chat | Preference
"""What is read out of a record; a record may hold several."""
