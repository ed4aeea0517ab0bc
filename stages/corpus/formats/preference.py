"""Preferences: two answers to a prompt, of which one was preferred (spec C1, design 3).

The prompt is a text or messages (`prompt`), the turns of a conversation (`conversations`), an instruction with its
input, or what two whole conversations have in common. GPT-4-LLM's comparisons have it as `user_input`; their answers
are completion_a, the better one, and completion_b, or several with a score each (comparison_data_v2.json).
"""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from stages.corpus.formats import messages, sharegpt
from stages.corpus.formats.alpaca import question
from stages.corpus.formats.shape import OptionalText, Shape
from stages.corpus.forms import Chat, Found, Message, Preference, Role

KEYS = (
    frozenset({"prompt", "chosen", "rejected"}),
    frozenset({"conversations", "chosen", "rejected"}),
    frozenset({"instruction", "chosen", "rejected"}),
    frozenset({"chosen", "rejected"}),
    frozenset({"user_input", "completion_a", "completion_b"}),
    frozenset({"user_input", "responses_and_scores"}),
)
"""What a record must have to be of this format: all of one set."""

_SHAREGPT = TypeAdapter(list[sharegpt.Turn])
_MESSAGES = TypeAdapter(list[messages.Turn])


class Comparison(Shape):
    """A comparison of GPT-4-LLM."""

    user_input: str
    completion_a: str
    completion_b: str


class Scored(Shape):
    """An answer and what it is worth: the more the better."""

    response: str
    score: int | float


class Comparisons(Shape):
    """A comparison of several answers."""

    user_input: str
    responses_and_scores: Annotated[list[Scored], Field(min_length=2)]


class Pair(Shape):
    """The other forms; which turns `prompt`, `conversations`, `chosen` and `rejected` hold is looked at later."""

    prompt: str | list[Any] | None = None
    conversations: list[Any] | None = None
    instruction: str | None = None
    input: OptionalText = ""
    system: OptionalText = ""
    tools: Any = None
    chosen: str | dict[str, Any] | list[Any]
    rejected: str | dict[str, Any] | list[Any]


def read(record: dict[str, Any]) -> list[Found]:
    """The preference of a record; raise ValidationError or ValueError.

    Where the answers are whole conversations, they part at their last turn, and the turns before it are the prompt.
    Of answers with scores the best, the first of those, is preferred to each that is worse.
    """
    if "responses_and_scores" in record:
        several = Comparisons.model_validate(record)
        best = max(several.responses_and_scores, key=lambda one: one.score)
        asked = (Message("user", several.user_input),)
        worse = [one for one in several.responses_and_scores if one.score < best.score]
        if not worse:
            raise ValueError("no answer is better than another")
        return [Preference(asked, best.response, one.response) for one in worse]
    if "user_input" in record:
        one = Comparison.model_validate(record)
        return [Preference((Message("user", one.user_input),), one.completion_a, one.completion_b)]
    pair = Pair.model_validate(record)
    before_answers = _prompt(pair)
    chosen, rejected = _turns(pair.chosen, "assistant"), _turns(pair.rejected, "assistant")
    before = chosen[:-1]
    if before != rejected[:-1]:
        raise ValueError("chosen and rejected part before their last turn")
    prompt = before if all(message in before for message in before_answers) else [*before_answers, *before]
    if not prompt:
        raise ValueError("chosen and rejected answer nothing")
    opening = sharegpt.opening(pair.system, pair.tools)
    return [Preference((*opening, *prompt), _answer(chosen), _answer(rejected))]


def _prompt(pair: Pair) -> list[Message]:
    if pair.conversations is not None:
        return _turns(pair.conversations, "user")
    if pair.instruction is not None:
        return [Message("user", question(pair.instruction, pair.input))]
    return [] if pair.prompt is None else _turns(pair.prompt, "user")


def _turns(value: str | dict[str, Any] | Sequence[Any], role: Role) -> list[Message]:
    """A text as a turn of `role`; turns as ShareGPT or as OpenAI's API has them."""
    if isinstance(value, str):
        return [Message(role, value)]
    listed = [value] if isinstance(value, dict) else value
    if listed and isinstance(listed[0], dict) and "from" in listed[0]:
        return sharegpt.messages(_SHAREGPT.validate_python(listed))
    return messages.turns(_MESSAGES.validate_python(listed))


def _answer(turns: Sequence[Message]) -> str:
    if not turns or turns[-1].role != "assistant" or turns[-1].tool_calls:
        raise ValueError("an answer is no text of the assistant")
    return turns[-1].content


def write(found: Found) -> dict[str, Any]:
    """A record {prompt, chosen, rejected} with messages as prompt; raise ValueError for anything but a preference."""
    if not isinstance(found, Preference):
        raise ValueError("only a preference is written as one")  # noqa: TRY004 - one error for all that a format can\'t hold
    asked = messages.write(Chat(found.prompt))
    tools = {"tools": asked["tools"]} if "tools" in asked else {}
    return {"prompt": asked["messages"], "chosen": found.chosen, "rejected": found.rejected, **tools}
