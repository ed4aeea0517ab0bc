import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.corpus import turns
from stages.corpus.forms import Chat, Message
from tests.corpus.policies import candidate, chat

CALL = Message("assistant", "", tool_calls='[{"name":"find"}]')


def left(found: Chat) -> tuple[list[str], list[tuple[int, str]]]:
    tidied = turns.tidied(found.messages)
    return [message.content for message in tidied.messages], tidied.cuts


@pytest.mark.parametrize(
    ("found", "kept", "cuts"),
    [
        (chat("q", "a", "q2", "a2"), ["q", "a", "q2", "a2"], []),
        (chat("hi", "q", "a", first="assistant"), ["q", "a"], [(0, "leading-answer")]),
        (chat("q", "a", "q2"), ["q", "a"], [(2, "unanswered")]),
        (chat("q", "a", "q2", " ", "q3", "a3"), ["q", "a"], [(n, "empty-answer") for n in range(2, 6)]),
        (chat("q", "a", "q2", "\u200bx"), ["q", "a"], [(2, "empty-answer"), (3, "empty-answer")]),
        (chat("q", "a", "", "a2"), ["q", "a"], [(2, "empty-question"), (3, "empty-question")]),
        (chat("q", turns.RATE_LIMITS[0], "q2", "a2"), ["q2", "a2"], [(0, "rate-limit"), (1, "rate-limit")]),
        (chat("q", turns.RATE_LIMITS[1] + " more"), [], [(0, "rate-limit"), (1, "rate-limit")]),
    ],
)
def test_turns_that_can_be_cut_are_cut_with_their_reason(
    found: Chat, kept: list[str], cuts: list[tuple[int, str]]
) -> None:
    assert left(found) == (kept, cuts)


def test_an_answer_that_only_calls_a_tool_is_not_empty() -> None:
    found = Chat((Message("user", "q"), CALL, Message("tool", "42"), Message("assistant", "It is 42.")))
    assert left(found)[1] == []
    assert turns.role_order(candidate(found)) == ""


@pytest.mark.parametrize("roles", ["uu", "uua", "uaa", "au", "uas", "uta", "uat", "ut"])
def test_turns_out_of_order_are_a_reason(roles: str) -> None:
    names = {"u": "user", "a": "assistant", "s": "system", "t": "tool"}
    found = Chat(tuple(Message(names[role], "x") for role in roles))  # type: ignore[arg-type]
    assert turns.role_order(candidate(found)) == "role-order"


def test_a_system_may_speak_first() -> None:
    found = Chat((Message("system", "Be brief."), *chat("q", "a").messages))
    assert turns.role_order(candidate(found)) == ""


@pytest.mark.parametrize("found", [Chat(()), Chat((Message("user", "q"),)), Chat((Message("system", "s"),))])
def test_a_conversation_without_an_exchange_has_too_few_turns(found: Chat) -> None:
    assert turns.too_few_turns(candidate(found)) == "too-few-turns"


def test_tools_are_kept_or_dropped_by_policy() -> None:
    found = Chat((Message("user", "q"), CALL))
    assert turns.tools_unwanted(candidate(found)) == ""
    assert turns.tools_unwanted(candidate(found, tool_calls="drop")) == "tool-calls"
    assert turns.tools_unwanted(candidate(chat("q", "a"), tool_calls="drop")) == ""


def test_blocked_words_count_anywhere_in_any_case() -> None:
    assert turns.blocked_word(candidate(chat("Is this xOpenAIx?", "a"))) == "blocked-word"
    assert turns.blocked_word(candidate(chat("q", "I am CHATGPT."))) == "blocked-word"
    assert turns.blocked_word(candidate(chat("q", "a"))) == ""
    assert turns.blocked_word(candidate(chat("openai", "a"), blocked_words=[])) == ""


def test_a_conversation_of_fewer_than_16_characters_is_too_short() -> None:
    assert turns.too_short(candidate(chat("1234567", "12345678"))) == "too-short"
    assert turns.too_short(candidate(chat("12345678", "12345678"))) == ""


ROLES = st.sampled_from(["system", "user", "assistant", "tool"])


@given(st.lists(st.builds(Message, ROLES, st.sampled_from(["", "x", turns.RATE_LIMITS[0]]))))
def test_every_turn_is_kept_or_cut_once_in_order(messages: list[Message]) -> None:
    tidied = turns.tidied(messages)
    cut = [number for number, _ in tidied.cuts]
    assert cut == sorted(set(cut))
    assert tidied.messages == [one for number, one in enumerate(messages) if number not in cut]
