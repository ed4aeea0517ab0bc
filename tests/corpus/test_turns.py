import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.corpus import turns
from stages.corpus.forms import Chat, Message, Preference, Single
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
        (
            Chat((Message("user", "q"), Message("user", "q2"), Message("assistant", "a"))),
            ["q", "q2", "a"],
            [],  # for the rule on the order of roles
        ),
        (chat("q", "It said: " + turns.RATE_LIMITS[0]), ["q", "It said: " + turns.RATE_LIMITS[0]], []),
        (chat(turns.RATE_LIMITS[0], "a"), [turns.RATE_LIMITS[0], "a"], []),
        (chat("q", "\x07a"), [], [(0, "empty-answer"), (1, "empty-answer")]),
        (chat("q", "a\x07"), ["q", "a\x07"], []),
        (chat("q", "\n a"), ["q", "\n a"], []),
        (chat("q", "\U0001f600"), ["q", "\U0001f600"], []),
        (chat("hi", "q", "a", "q2", first="assistant"), ["q", "a"], [(0, "leading-answer"), (3, "unanswered")]),
        (Chat((Message("system", ""), *chat("q", "a").messages)), ["q", "a"], [(0, "empty-system")]),
        (
            Chat((Message("system", "s"), *chat("hi", "q", "a", first="assistant").messages)),
            ["s", "q", "a"],
            [(1, "leading-answer")],
        ),
        (Chat(()), [], []),
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


@pytest.mark.parametrize(
    "roles", ["ua", "uaua", "sua", "ssua", "uCta", "uCtta", "uCtCta", "uaCta", "suCtaua", "uC", ""]
)
def test_turns_that_alternate_with_calls_between_and_a_system_before_are_in_order(roles: str) -> None:
    names = {"u": "user", "a": "assistant", "s": "system", "t": "tool"}
    made = tuple(CALL if role == "C" else Message(names[role], "x") for role in roles)  # type: ignore[arg-type]
    assert turns.role_order(candidate(Chat(made))) == ""


@pytest.mark.parametrize("roles", ["uCu", "Cta", "uCs", "uata"])
def test_a_call_needs_a_question_before_it_and_no_turn_of_the_user_or_system_after(roles: str) -> None:
    names = {"u": "user", "a": "assistant", "s": "system", "t": "tool"}
    made = tuple(CALL if role == "C" else Message(names[role], "x") for role in roles)  # type: ignore[arg-type]
    assert turns.role_order(candidate(Chat(made))) == "role-order"


def test_rules_on_turns_let_everything_else_pass() -> None:
    for found in (Single("openai", "", ""), Preference((), "openai", "")):
        for rule in (turns.tools_unwanted, turns.too_few_turns, turns.role_order, turns.too_short, turns.blocked_word):
            assert rule(candidate(found, tool_calls="drop")) == ""


@pytest.mark.parametrize("found", [Chat(()), Chat((Message("user", "q"),)), Chat((Message("system", "s"),))])
def test_a_conversation_without_an_exchange_has_too_few_turns(found: Chat) -> None:
    assert turns.too_few_turns(candidate(found)) == "too-few-turns"


def test_tools_are_kept_or_dropped_by_policy() -> None:
    found = Chat((Message("user", "q"), CALL))
    assert turns.tools_unwanted(candidate(found)) == ""
    assert turns.tools_unwanted(candidate(found, tool_calls="drop")) == "tool-calls"
    for message in (Message("tool", "42"), Message("system", "[1]", name="tools")):
        assert turns.tools_unwanted(candidate(Chat((message,)), tool_calls="drop")) == "tool-calls"
    plain = Chat((Message("system", "Be brief."), *chat("q", "a").messages))
    assert turns.tools_unwanted(candidate(plain, tool_calls="drop")) == ""


def test_blocked_words_count_anywhere_in_any_case() -> None:
    assert turns.blocked_word(candidate(chat("Is this xOpenAIx?", "a"))) == "blocked-word"
    assert turns.blocked_word(candidate(chat("q", "I am CHATGPT."))) == "blocked-word"
    assert turns.blocked_word(candidate(chat("q", "open ai, chat-gpt"))) == ""
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
