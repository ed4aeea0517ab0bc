"""The turns of a conversation: which are cut, and what order the rest must have (spec C2, step 2, and FastChat).

What is cut: an answer before the first question (the conversation begins one turn later), an exchange whose answer is a
notice that too many were asked, everything from an empty turn on, a last question that has no answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from stages.corpus.candidate import Candidate, chat
from stages.corpus.forms import Chat, Message, Single
from stages.shared.records import digest

RATE_LIMITS = tuple(f"{mark}Too many requests in 1 hour. Try again later." for mark in ("", "!"))
"""How the notice begins that ChatGPT gave in place of an answer (spec C2, step 2)."""


@dataclass
class Tidied:
    """What is left of a conversation, and its cut turns: the number of each, from 0, and the reason word."""

    messages: list[Message] = field(default_factory=list)
    cuts: list[tuple[int, str]] = field(default_factory=list)


def exchanges(messages: Sequence[Message]) -> Iterator[tuple[Message, ...]]:
    """Each question with all turns up to the next one; what stands before the first question goes with it."""
    held: list[Message] = []
    for message in messages:
        if message.role == "user" and any(one.role == "user" for one in held):
            yield tuple(held)
            held = []
        held.append(message)
    if held:
        yield tuple(held)


def tidied(messages: Sequence[Message]) -> Tidied:
    """Cut the turns that can be cut without tearing the rest."""
    found = Tidied()
    number = 0
    while number < len(messages) and messages[number].role == "system":
        if messages[number].content:
            found.messages.append(messages[number])
        else:
            found.cuts.append((number, "empty-system"))
        number += 1
    if number < len(messages) and messages[number].role == "assistant":
        found.cuts.append((number, "leading-answer"))
        number += 1
    stopped = ""
    for exchange in exchanges(messages[number:]):
        stopped = stopped or _stop(exchange)
        last = number + len(exchange) == len(messages)
        reason = stopped or _cut(exchange, last)
        if reason:
            found.cuts += [(place, reason) for place in range(number, number + len(exchange))]
        else:
            found.messages += exchange
        number += len(exchange)
    return found


def opening(found: Single | Chat) -> int:
    """The hash of the first exchange of a conversation, calls too; 0 for an instruction, which is compared whole."""
    if isinstance(found, Single):
        return 0
    first = [one for one in found.messages if one.role in ("user", "assistant")][:2]
    return int(digest(["opening", *([one.content, one.tool_calls] for one in first)]), 16)


def is_empty(text: str) -> bool:
    """Whether a text says nothing: it is blank, or begins with what cannot be printed."""
    shown = text.strip()
    return not shown or not shown[0].isprintable()


def _stop(exchange: Sequence[Message]) -> str:
    """Why the conversation ends before this exchange; "" where it goes on."""
    for message in exchange:
        if message.role == "user" and is_empty(message.content):
            return "empty-question"
        if message.role == "assistant" and is_empty(message.content) and not message.tool_calls:
            return "empty-answer"
    return ""


def _cut(exchange: Sequence[Message], last: bool) -> str:
    """Why this exchange is left out; "" where it stays."""
    if any(message.role == "assistant" and message.content.startswith(RATE_LIMITS) for message in exchange):
        return "rate-limit"
    return "unanswered" if last and exchange[-1].role != "assistant" else ""


def tools_unwanted(candidate: Candidate) -> str:
    """Drop conversations in which tools are offered, called or answer, where policy says so."""
    if candidate.policies.params.tool_calls == "keep":
        return ""
    uses = any(
        one.role == "tool" or one.tool_calls or (one.role == "system" and one.name) for one in chat(candidate.found)
    )
    return "tool-calls" if uses else ""


def role_order(candidate: Candidate) -> str:
    """Drop conversations in which question and answer do not alternate; calls of tools and their answers come between.

    The system speaks before the first question only.
    """
    before = Message("system", "")
    for message in chat(candidate.found):
        if not _may_follow(before, message):
            return "role-order"
        before = message
    return ""


def _may_follow(before: Message, message: Message) -> bool:
    if before.role == "system":
        return message.role in ("system", "user")
    if before.role == "user":
        return message.role == "assistant"
    if before.role == "tool":
        return message.role in ("tool", "assistant")
    if message.role == "assistant":
        return bool(message.tool_calls)
    return message.role == ("tool" if before.tool_calls else "user")


def too_few_turns(candidate: Candidate) -> str:
    """Drop conversations without an exchange."""
    if not isinstance(candidate.found, Chat):
        return ""
    roles = {message.role for message in candidate.found.messages}
    return "" if {"user", "assistant"} <= roles else "too-few-turns"


def too_short(candidate: Candidate) -> str:
    """Drop conversations of fewer characters in all than `clean.shortest_chat`."""
    turns = chat(candidate.found)
    least = candidate.policies.params.shortest_chat
    return "too-short" if turns and sum(map(len, candidate.texts)) < least else ""


def blocked_word(candidate: Candidate) -> str:
    """Drop conversations any turn of which holds one of `clean.blocked_words`, case apart (spec C2, step 2)."""
    words = candidate.policies.params.blocked_words
    if not words or not chat(candidate.found):
        return ""
    return "blocked-word" if any(word in text for text in map(str.lower, candidate.texts) for word in words) else ""
