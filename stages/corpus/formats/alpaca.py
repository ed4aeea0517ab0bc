"""Alpaca: instruction, input, output (spec C1); with `system` and `history` where an exchange goes on from others.

Prompts without answers (InstructionWild's seeds and users) have the same form; their output is "".
"""

from typing import Any

from stages.corpus.formats.shape import OptionalText, Shape
from stages.corpus.forms import Chat, Found, Message, Single

KEYS = (frozenset({"instruction"}),)
"""What a record must have to be of this format."""


class Row(Shape):
    """A row. history: earlier exchanges, each what was asked and what was answered."""

    instruction: str
    input: OptionalText = ""
    output: OptionalText = ""
    system: OptionalText = ""
    history: list[list[str]] | None = None


def read(record: dict[str, Any]) -> list[Found]:
    """The exchange of a row, or the conversation that it ends; raise ValidationError or ValueError.

    A turn has no input of its own: in a conversation it stands below its instruction.
    """
    row = Row.model_validate(record)
    if not row.history and not row.system:
        return [Single(row.instruction, row.input, row.output)]
    messages = [Message("system", row.system)] if row.system else []
    for exchange in row.history or []:
        if len(exchange) != 2:
            raise ValueError(f"history: {len(exchange)} texts where an exchange has two")
        messages += [Message("user", exchange[0]), Message("assistant", exchange[1])]
    messages += [Message("user", question(row.instruction, row.input)), Message("assistant", row.output)]
    return [Chat(tuple(messages))]


def question(instruction: str, input: str) -> str:
    """An instruction and its input as one turn: a blank line between them (spec C0)."""
    return f"{instruction}\n\n{input}" if input else instruction


def write(found: Found) -> dict[str, Any]:
    """A row; raise ValueError for what it can't hold: a preference, tools, turns out of order."""
    if isinstance(found, Single):
        return {"instruction": found.instruction, "input": found.input, "output": found.output}
    if not isinstance(found, Chat):
        raise ValueError("a preference is no row of Alpaca")  # noqa: TRY004 - one error for all that a format can\'t hold
    tools = any(turn.name or turn.tool_calls for turn in found.messages)
    turns = list(found.messages)
    system = turns.pop(0).content if turns and turns[0].role == "system" else ""
    expected = ["user", "assistant"] * (len(turns) // 2)
    if not turns or tools or [turn.role for turn in turns] != expected:
        raise ValueError(f"the turns {', '.join(turn.role for turn in turns)} are no exchanges of two")
    texts = [turn.content for turn in turns]
    row: dict[str, Any] = {"instruction": texts[-2], "input": "", "output": texts[-1]}
    if system:
        row["system"] = system
    if len(texts) > 2:
        row["history"] = [texts[at : at + 2] for at in range(0, len(texts) - 2, 2)]
    return row
