import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.model import prompts
from stages.model.conversation import Asked, Segment, Turn, UnfitError, question
from stages.shared.errors import InputError
from tests.model import tokenizers

NAMES: list[prompts.Name] = ["tk-instruct", "alpaca", "vicuna", "ailurus", "chat"]
TALKING: list[prompts.Name] = ["alpaca", "vicuna", "ailurus", "chat"]
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TALK = (
    Turn("user", "Hello!"),
    Turn("assistant", "Hi."),
    Turn("user", "How are you?"),
    Turn("assistant", "Good."),
)
CALL = json.dumps([{"name": "add", "arguments": {"a": 1, "b": 2}}])
TOOLS = json.dumps([{"name": "add", "description": "Add.", "parameters": {"type": "object", "properties": {}}}])
WITH_TOOLS = (
    Turn("system", TOOLS, name="tools"),
    Turn("user", "1 and 2?"),
    Turn("assistant", "", tool_calls=CALL),
    Turn("tool", "3", name="add"),
    Turn("assistant", "It is 3."),
)


def write(name: prompts.Name, asked: Asked) -> list[Segment]:
    return prompts.writer(name, tokenizers.chatty())(asked)


def said(segments: list[Segment]) -> str:
    """The whole text, answers between « and »."""
    return "".join(f"«{one.text}»" if one.is_answer else one.text for one in segments)


def talk(*turns: Turn) -> Asked:
    return Asked(turns[0].content, "", turns[-1].content, turns)


def test_alpaca_with_input_is_stanfords_prompt() -> None:
    assert said(write("alpaca", Asked("Add.", "1, 2", "3"))) == (
        "Below is an instruction that describes a task, paired with an input that provides further context. "
        "Write a response that appropriately completes the request.\n\n"
        "### Instruction:\nAdd.\n\n### Input:\n1, 2\n\n### Response:«3»"
    )


def test_alpaca_without_input_is_stanfords_prompt() -> None:
    assert said(write("alpaca", Asked("Say {this}.", "", "this"))) == (
        "Below is an instruction that describes a task. "
        "Write a response that appropriately completes the request.\n\n"
        "### Instruction:\nSay {this}.\n\n### Response:«this»"
    )


def test_vicuna_is_the_prompt_of_version_1_1() -> None:
    assert said(write("vicuna", talk(*TALK))) == (
        "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, "
        "detailed, and polite answers to the user's questions. "
        "USER: Hello! ASSISTANT:« Hi.»USER: How are you? ASSISTANT:« Good.»"
    )


def test_ailurus_is_the_prompt_of_version_0_with_human_and_assistant() -> None:
    assert said(write("ailurus", talk(*TALK))) == (
        "A chat between a curious human and an artificial intelligence assistant. The assistant gives helpful, "
        "detailed, and polite answers to the human's questions.\n\n"
        "### Human: Hello!\n### Assistant:« Hi.»\n### Human: How are you?\n### Assistant:« Good.»"
    )


def test_tk_instruct_is_the_definition_the_examples_and_the_input() -> None:
    asked = Asked("Add the numbers ", "1 2", "3", positive=(("2 2", "4"), ("", "?")), negative=(("1 1", "11"),))
    assert said(write("tk-instruct", asked)) == (
        "Definition: Add the numbers.\n\n"
        " Positive Example 1 -\nInput: 2 2.\n Output: 4.\n\n"
        " Positive Example 2 -\nInput: .\n Output: ?\n\n"
        " Negative Example 1 -\nInput: 1 1.\n Output: 11.\n\n"
        "Now complete the following example -\nInput: 1 2.\nOutput: «3»"
    )


def test_a_further_turn_of_alpaca_repeats_its_instruction() -> None:
    assert said(write("alpaca", talk(*TALK))).partition("request.\n\n")[2] == (
        "### Instruction:\nHello!\n\n### Response:«Hi.»\n\n### Instruction:\nHow are you?\n\n### Response:«Good.»"
    )


def test_chat_is_what_the_tokenizers_template_writes() -> None:
    assert said(write("chat", talk(*TALK))) == (
        "<|im_start|>user\nHello!<|im_end|>\n<|im_start|>assistant\n«Hi.<|im_end|>»\n"
        "<|im_start|>user\nHow are you?<|im_end|>\n<|im_start|>assistant\n«Good.<|im_end|>»"
    )


def test_calls_of_tools_are_answers_and_what_tools_say_is_not() -> None:
    for name, call, answer, result in (
        ("alpaca", f"### Response:«{CALL}»", "### Response:«It is 3.»", "### Tool:\n3\n\n"),
        ("vicuna", f"ASSISTANT:« {CALL}»", "ASSISTANT:« It is 3.»", "TOOL: 3 "),
        ("ailurus", f"### Assistant:« {CALL}»", "### Assistant:« It is 3.»", "### Tool: 3\n"),
    ):
        text = said(write(name, talk(*WITH_TOOLS)))  # type: ignore[arg-type]
        assert text.startswith(TOOLS)
        assert [text.count(part) for part in (call, answer, result)] == [1, 1, 1]


def test_the_chat_template_is_given_tools_and_calls_as_the_api_has_them() -> None:
    text = said(write("chat", talk(*WITH_TOOLS)))
    offered = json.loads(text.partition("Tools: ")[2].partition("<|im_end|>")[0])
    assert offered == [{"type": "function", "function": json.loads(TOOLS)[0]}]
    call = text.partition("«<call>")[2].partition("</call><|im_end|>»")[0]
    assert json.loads(call) == json.loads(CALL)[0]
    assert "<|im_start|>tool\n3<|im_end|>" in text


@pytest.mark.parametrize("name", ["alpaca", "vicuna", "ailurus"])
def test_a_conversations_own_system_text_replaces_the_formats(name: prompts.Name) -> None:
    text = said(write(name, talk(Turn("system", "Be brief."), *TALK)))
    assert text.startswith("Be brief.")
    assert "curious" not in text
    assert "Below is" not in text


@pytest.mark.parametrize("name", NAMES)
@given(instruction=ANY, input=ANY, output=ANY, other=ANY)
@settings(max_examples=25, deadline=None)
def test_a_question_does_not_depend_on_the_answer(
    name: prompts.Name, instruction: str, input: str, output: str, other: str
) -> None:
    asked = Asked(instruction, input, output)
    assert question(write(name, asked)) == question(write(name, replace(asked, output=other)))


@pytest.mark.parametrize("name", TALKING)
@given(texts=st.lists(st.tuples(ANY, ANY), min_size=2, max_size=4))
@settings(max_examples=25, deadline=None)
def test_a_conversation_begins_with_its_own_beginning(name: prompts.Name, texts: list[tuple[str, str]]) -> None:
    turns = [turn for one, two in texts for turn in (Turn("user", one), Turn("assistant", two))]
    whole, before = (said(write(name, talk(*some))) for some in (turns, turns[:-2]))
    assert whole.startswith(before)
    answers = [one.text for one in write(name, talk(*turns)) if one.is_answer]
    assert [one.strip().removesuffix("<|im_end|>").strip() for one in answers] == [two.strip() for _, two in texts]


def test_where_a_template_rewrites_earlier_answers_only_the_last_one_counts() -> None:
    written = prompts.writer("chat", tokenizers.chatty(tokenizers.THINKING))(talk(*TALK))
    assert said(written) == (
        "<|im_start|>user\nHello!<|im_end|>\n<|im_start|>assistant\nHi.<|im_end|>\n"
        "<|im_start|>user\nHow are you?<|im_end|>\n<|im_start|>assistant\n«<think>\n\n</think>\n\nGood.<|im_end|>»"
    )


def test_what_follows_the_last_answer_is_left_out() -> None:
    for name in TALKING:
        assert write(name, talk(*TALK, Turn("user", "And?"))) == write(name, talk(*TALK))


def test_a_template_that_asks_for_today_is_told_a_day_that_stays() -> None:
    dated = "{{ strftime_now('%d %b %Y') }}/{{ strftime_now('%Y-%m-%d') }}." + tokenizers.CHATML
    written = prompts.writer("chat", tokenizers.chatty(dated))(Asked("Day?", "", "No."))
    assert said(written).startswith("26 Jul 2024/2024-07-26.<|im_start|>user")


def test_a_tokenizer_without_a_template_is_refused_in_a_sentence() -> None:
    with pytest.raises(InputError, match=r"expected a tokenizer with a chat template, got one without; name another"):
        prompts.writer("chat", tokenizers.gpt())


def test_what_a_template_refuses_is_unfit() -> None:
    strict = tokenizers.chatty("{{ raise_exception('no system here') }}")
    with pytest.raises(UnfitError, match="no system here"):
        prompts.writer("chat", strict)(Asked("a", "", "b"))


def test_a_template_whose_question_is_not_how_its_answer_begins_is_refused_at_once() -> None:
    thoughtful = tokenizers.CHATML.replace("assistant\n{% endif %}", "assistant\n<think>{% endif %}")
    with pytest.raises(UnfitError, match="expected a chat template that goes on from its own question"):
        prompts.writer("chat", tokenizers.chatty(thoughtful))


def test_a_template_that_says_nothing_of_tools_or_calls_is_unfit_for_them() -> None:
    silent = prompts.writer("chat", tokenizers.chatty(tokenizers.THINKING))
    for turns in (WITH_TOOLS, WITH_TOOLS[1:]):
        with pytest.raises(UnfitError, match="expected a chat template that writes tools and their calls, got no word"):
            silent(talk(*turns))


def test_tk_instruct_holds_no_conversation_and_nothing_holds_one_without_an_answer() -> None:
    with pytest.raises(UnfitError, match="a conversation"):
        write("tk-instruct", talk(*TALK))
    for name in TALKING:
        with pytest.raises(UnfitError, match="without"):
            write(name, talk(TALK[0]))


def test_real_dialogues_with_tools_have_every_answer_and_call_once(test_data: Path) -> None:
    file = test_data / "corpora/llamafactory_glaive_toolcall_en_demo.json"
    roles = {"human": "user", "gpt": "assistant", "observation": "tool", "function_call": "assistant"}
    for record in json.loads(file.read_text("utf-8"))[:60]:
        turns = [
            Turn(roles[one["from"]], "", tool_calls=f"[{one['value']}]")
            if one["from"] == "function_call"
            else Turn(roles[one["from"]], one["value"])
            for one in record["conversations"]
        ]
        expected = [turn.content or turn.tool_calls for turn in turns if turn.role == "assistant"]
        for name in ("alpaca", "vicuna", "ailurus"):
            segments = write(name, talk(*turns))  # type: ignore[arg-type]
            assert [one.text.removeprefix(" ") for one in segments if one.is_answer] == expected
        assert len([one for one in write("chat", talk(*turns)) if one.is_answer]) == len(expected)
