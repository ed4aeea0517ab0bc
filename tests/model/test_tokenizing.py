from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.model import prompts, tokenizing
from stages.model.conversation import Asked, Segment, Turn, UnfitError, question
from stages.model.tokenizing import IGNORED, Format, Tokens
from stages.shared.errors import InputError
from tests.model import tokenizers

PLAIN: list[prompts.Name] = ["tk-instruct", "alpaca", "vicuna", "ailurus"]
BYTES = {"gpt": tokenizers.gpt, "llama3": tokenizers.llama3, "melting": tokenizers.melting}
FORMATS = [(name, kind) for name in PLAIN for kind in (*BYTES, "llama")] + [("chat", "chatty"), ("chat", "thinking")]
"""Each prompt format with each kind of decoder-only tokenizer."""

CALLING = {"gpt", "llama3", "chatty"}
WORDS = ["a", "the ", "é", " ", "\n", ":", ":)", ".", "7", "「", "</s>", "<s>"]
TEXT = st.lists(st.sampled_from(WORDS), max_size=9).map("".join)
MANY = 10_000


def opened(name: Any, kind: str) -> Format:
    thinking = tokenizers.chatty(tokenizers.THINKING)
    made = thinking if kind == "thinking" else getattr(tokenizers, kind)()
    return tokenizing.open_format(name, made)


def talk(texts: Sequence[tuple[str, str]]) -> Asked:
    turns = [turn for one, two in texts for turn in (Turn("user", one), Turn("assistant", two))]
    return Asked(texts[0][0], "", texts[-1][1], tuple(turns))


def kept(found: Tokens | str) -> Tokens:
    assert isinstance(found, Tokens), found
    return found


def bytewise(format: Format, segments: list[Segment]) -> list[tuple[int | str, bool]]:
    """Each byte of a text, and each mark around it, with whether it is to be learned."""
    wanted: list[tuple[int | str, bool]] = []
    if not segments[0].control and format.tokenizer is tokenizers.llama3():
        wanted.append(("<s>", False))
    for segment in segments:
        wanted += [(byte, segment.is_answer) for byte in segment.text.encode()]
        if segment.is_answer and not segment.control:
            wanted.append(("</s>", True))
    return wanted


def spelled(format: Format, ids: list[int], labels: list[int], control: bool) -> list[tuple[int | str, bool]]:
    """The same, read off the ids and labels."""
    found: list[tuple[int | str, bool]] = []
    byte_of = tokenizers.byte_of()
    for id, label in zip(ids, labels, strict=True):
        assert label in (id, IGNORED)
        token = format.tokenizer.convert_ids_to_tokens(id)
        if token not in tokenizers.MARKS:
            units: list[int | str] = [byte_of[letter] for letter in token]
        else:
            units = list(token.encode()) if control else [token]
        found += [(unit, label != IGNORED) for unit in units]
    return found


@pytest.mark.parametrize(("name", "kind"), [one for one in FORMATS if one[1] != "llama"])
@given(texts=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=3), input=TEXT)
@settings(max_examples=10, deadline=None)
def test_answers_and_their_end_marks_are_learned_and_nothing_else_byte_by_byte(
    name: str, kind: str, texts: list[tuple[str, str]], input: str
) -> None:
    format, control = opened(name, kind), name == "chat"
    single = len(texts) == 1 or name == "tk-instruct"
    asked = Asked(texts[0][0], input, texts[0][1]) if single else talk(texts)
    segments = format.write(asked)
    ids, labels = tokenizing.causal(format, segments)
    assert spelled(format, ids, labels, control) == bytewise(format, segments)


@pytest.mark.parametrize(("name", "kind"), [one for one in FORMATS if one[0] != "tk-instruct" and one[1] in CALLING])
def test_calls_of_tools_are_learned_and_what_tools_say_is_not_byte_by_byte(name: str, kind: str) -> None:
    format = opened(name, kind)
    calls = '[{"name": "add", "arguments": {"a": 1}}]'
    turns = [
        Turn("system", '[{"name": "add", "parameters": {}}]', name="tools"),
        Turn("user", "1 and 1?"),
        Turn("assistant", "Let me see.", tool_calls=calls),
        Turn("tool", "2", name="add"),
        Turn("assistant", "It is 2."),
    ]
    segments = format.write(Asked("", "", "", tuple(turns)))
    ids, labels = tokenizing.causal(format, segments)
    assert spelled(format, ids, labels, name == "chat") == bytewise(format, segments)
    learned = format.tokenizer.decode([label for label in labels if label != IGNORED])
    assert "It is 2." in learned
    assert '"arguments": {"a": 1}' in learned
    assert '"parameters"' not in learned


@pytest.mark.parametrize(("name", "kind"), FORMATS)
@given(texts=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=3), input=TEXT)
@settings(max_examples=10, deadline=None)
def test_the_ids_of_a_question_begin_the_ids_that_were_trained_on(
    name: str, kind: str, texts: list[tuple[str, str]], input: str
) -> None:
    format = opened(name, kind)
    single = len(texts) == 1 or name == "tk-instruct"
    asked = Asked(texts[0][0], input, texts[0][1]) if single else talk(texts)
    ids, labels = tokenizing.causal(format, format.write(asked))
    unanswered = replace(asked, output="", messages=asked.messages and (*asked.messages[:-1], Turn("assistant", "")))
    alone = tokenizing.ask_causal(format, unanswered, MANY)[0]
    assert ids[: len(alone)] == alone
    assert labels[len(alone) :] == ids[len(alone) :]
    assert len(ids) > len(alone)


@pytest.mark.parametrize("name", [one for one in PLAIN if one != "tk-instruct"])
@pytest.mark.parametrize("kind", ["gpt", "llama3", "llama"])
def test_real_answers_have_the_ids_that_they_have_in_one_text(name: Any, kind: str) -> None:
    format = opened(name, kind)
    same = 0
    for instruction, input, output in tokenizers.seeds():
        segments = format.write(Asked(instruction, input, output.strip()))
        ids, _ = tokenizing.causal(format, segments)
        same += ids == [*format.tokenizer("".join(one.text for one in segments)).input_ids, format.end]
    assert same == len(tokenizers.seeds())


def test_where_question_and_answer_would_melt_into_one_token_the_question_stays() -> None:
    format = opened("alpaca", "melting")
    segments = format.write(Asked("a", "", ":)"))
    together = format.tokenizer("".join(one.text for one in segments)).input_ids
    ids, labels = tokenizing.causal(format, segments)
    assert len(together) < len(ids) - 1, "the tokenizer was to melt them"
    assert format.tokenizer.decode(labels[labels.count(IGNORED) :]) == ":)</s>"


def test_a_text_begins_where_the_tokenizer_begins_texts_and_each_answer_ends() -> None:
    for kind, begins in (("gpt", False), ("llama3", True), ("llama", True)):
        ids, labels = tokenizing.causal(opened("vicuna", kind), opened("vicuna", kind).write(talk([("a", "b")] * 3)))
        assert ids.count(tokenizers.MARKS.index("<s>")) == begins
        assert ids.count(tokenizers.MARKS.index("</s>")) == 3
        assert labels[0] == IGNORED
        assert labels[-1] == tokenizers.MARKS.index("</s>")


def test_what_looks_like_a_mark_in_a_text_stays_text() -> None:
    ids, _ = tokenizing.causal(
        opened("alpaca", "llama3"), opened("alpaca", "llama3").write(Asked("<s>", "</s>", "</s>"))
    )
    assert ids.count(tokenizers.MARKS.index("<s>")) == ids.count(tokenizers.MARKS.index("</s>")) == 1


def test_an_instance_that_says_a_mark_of_the_chat_template_is_left_out() -> None:
    for asked in (Asked("a<|im_end|>", "", "b"), talk([("a", "b"), ("c", "<|im_start|>system")])):
        assert tokenizing.train_causal(opened("chat", "chatty"), asked, MANY) == "control-mark"
        assert isinstance(tokenizing.train_causal(opened("vicuna", "gpt"), asked, MANY), Tokens)


def test_chat_has_the_ids_that_the_tokenizer_gives_a_server() -> None:
    format = opened("chat", "chatty")
    asked = talk([("What is 2 and 2?", "It is 4."), ("And 3 and 3?", "6, of course.")])
    assert asked.messages
    messages = [{"role": turn.role, "content": turn.content} for turn in asked.messages]
    ids, labels = tokenizing.causal(format, format.write(asked))
    served = format.tokenizer.apply_chat_template(messages, return_dict=False)
    newline = format.tokenizer("\n").input_ids
    assert ids + newline == served
    question = format.tokenizer.apply_chat_template(messages[:-1], add_generation_prompt=True, return_dict=False)
    assert tokenizing.ask_causal(format, asked, MANY)[0] == question
    assert [label for label in labels if label == format.end] == [format.end] * 2


def test_an_answer_that_its_template_ends_without_a_mark_gets_the_tokenizers() -> None:
    bare = "{%- for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"
    asks = "{%- if add_generation_prompt %}assistant:{% endif %}"
    format = tokenizing.open_format("chat", tokenizers.chatty(bare + asks))
    ids, labels = tokenizing.causal(format, format.write(Asked("a", "", "b")))
    assert format.tokenizer.decode([id for id in labels if id != IGNORED]) == " b<|im_end|>"
    assert ids[-1] == format.end


@pytest.mark.parametrize(("name", "kind"), [("alpaca", "llama3"), ("tk-instruct", "gpt"), ("chat", "chatty")])
@given(size=st.integers(20, 160), texts=st.tuples(*[st.integers(0, 60)] * 3))
@settings(max_examples=15, deadline=None)
def test_a_question_is_cut_to_the_limit_and_the_answer_never(
    name: str, kind: str, size: int, texts: tuple[int, int, int]
) -> None:
    format = opened(name, kind)
    asked = Asked("do it " * texts[0], "some é " * texts[1], "yes " * texts[2])
    whole, found = kept(tokenizing.train_causal(format, asked, MANY)), tokenizing.train_causal(format, asked, size)
    answer = [label for label in whole.labels if label != IGNORED]
    if isinstance(found, str):
        assert found == "too-long"
        least = tokenizing.causal(format, format.write(Asked("d", asked.input[:1], asked.output)))[0]
        assert size < len(least)
        return
    assert len(found.ids) <= size
    assert [label for label in found.labels if label != IGNORED] == answer
    assert (found.left_out == 0) == (found.ids == whole.ids)
    question = format.tokenizer.decode([id for id, label in zip(found.ids, found.labels, strict=True) if label < 0])
    assert any(frame in question for frame in ("### Response:", "Output: ", "<|im_start|>assistant\n"))


def test_of_a_long_question_the_longest_text_is_cut_on_its_right() -> None:
    format = opened("alpaca", "llama3")
    asked = Asked("Say what it is.", "word " * 200, "thing")
    found = kept(tokenizing.train_causal(format, asked, 250))
    text = format.tokenizer.decode(found.ids)
    assert "### Instruction:\nSay what it is.\n\n### Input:\nword word" in text
    assert text.endswith("### Response:thing</s>")
    assert text.count("word") == (1000 - found.left_out) // 5
    assert 240 < len(found.ids) <= 250


def test_an_answer_that_alone_passes_the_limit_is_too_long() -> None:
    for name, kind in FORMATS:
        format = opened(name, kind)
        assert tokenizing.train_causal(format, Asked("a", "", "so " * 99), 90) == "too-long"
    assert tokenizing.train_paired(opened("alpaca", "t5"), Asked("a", "", "so " * 99), 90, 90) == "too-long"


def test_a_long_conversation_keeps_its_first_exchanges_whole_and_is_asked_with_its_last() -> None:
    format = opened("vicuna", "gpt")
    texts = [(f"Question {number}?", f"Answer {number}.") for number in range(9)]
    sizes = [len(kept(tokenizing.train_causal(format, talk(texts[:number]), MANY)).ids) for number in range(1, 10)]
    for number, size in enumerate(sizes, start=1):
        found = kept(tokenizing.train_causal(format, talk(texts), size))
        assert found.ids == kept(tokenizing.train_causal(format, talk(texts[:number]), MANY)).ids
        assert found.left_out == sum(len(one) + len(two) for one, two in texts[number:])
    asked = format.tokenizer.decode(tokenizing.ask_causal(format, talk(texts), sizes[2])[0])
    assert asked.endswith("USER: Question 8? ASSISTANT:")
    assert "Question 7?" in asked
    assert "Question 0?" not in asked


def test_as_many_examples_are_shown_as_fit() -> None:
    format = opened("tk-instruct", "gpt")
    asked = Asked("Add.", "3 4", "7", positive=(("1 1", "2"), ("2 2", "4")), negative=(("5 5", "55"), ("6 6", "66")))
    for limit in range(40, 200, 5):
        shown = Asked("Add.", "3 4", "7")
        for number in range(1, 5):
            more = replace(asked, positive=asked.positive[:number], negative=asked.negative[: max(number - 2, 0)])
            if len(tokenizing.causal(format, format.write(more))[0]) > limit:
                break
            shown = more
        expected = tokenizing.causal(format, format.write(shown))[0]
        if len(expected) <= limit:
            assert kept(tokenizing.train_causal(format, asked, limit)).ids == expected


@pytest.mark.parametrize("name", PLAIN)
def test_source_and_target_are_the_texts_before_and_of_the_last_answer(name: prompts.Name) -> None:
    format = opened(name, "t5")
    alone = format.tokenizer.backend_tokenizer
    for instruction, input, output in tokenizers.seeds()[:40]:
        asked = Asked(instruction, input, output)
        found = kept(tokenizing.train_paired(format, asked, MANY, MANY))
        text = "".join(one.text for one in format.write(asked) if not one.is_answer)
        assert found.ids == alone.encode(text).ids
        assert found.labels == alone.encode(output.strip()).ids
        assert found.labels[-1] == format.end
        assert tokenizing.ask_paired(format, replace(asked, output=""), MANY)[0] == found.ids


def test_of_a_conversation_an_encoder_reads_all_but_the_last_answer() -> None:
    format = opened("vicuna", "t5")
    found = kept(tokenizing.train_paired(format, talk([("a", "b"), ("c", "d")]), MANY, MANY))
    assert format.tokenizer.decode(found.ids).endswith("USER: a ASSISTANT: bUSER: c ASSISTANT:</s>")
    assert format.tokenizer.decode(found.labels) == "d</s>"


@given(size=st.integers(30, 120), words=st.integers(0, 90))
@settings(max_examples=15, deadline=None)
def test_a_source_is_cut_to_its_limit_and_the_target_never(size: int, words: int) -> None:
    format = opened("tk-instruct", "t5")
    asked = Asked("do it " * 9, "some words " * words, "yes")
    found = tokenizing.train_paired(format, asked, size, 20)
    if isinstance(found, Tokens):
        assert len(found.ids) <= size
        assert format.tokenizer.decode(found.labels) == "yes</s>"
        assert "Output:" in format.tokenizer.decode(found.ids)
    else:
        assert size < 60


def test_what_a_format_cannot_hold_is_dropped_in_training_and_refused_in_a_benchmark() -> None:
    format = opened("tk-instruct", "gpt")
    assert tokenizing.train_causal(format, talk([("a", "b")]), MANY) == "unfit-for-format"
    with pytest.raises(UnfitError, match="the format tk-instruct"):
        tokenizing.ask_causal(format, talk([("a", "b")]), MANY)


def test_a_question_without_room_is_refused_in_a_sentence() -> None:
    with pytest.raises(InputError, match="expected a question that fits into 5 ids"):
        tokenizing.ask_causal(opened("alpaca", "gpt"), Asked("a", "", ""), 5)


def test_a_tokenizer_without_an_end_mark_is_refused_in_a_sentence() -> None:
    endless = tokenizers.wrapped(tokenizers.gpt().backend_tokenizer.to_str(), None, None)
    with pytest.raises(InputError, match=r"expected a tokenizer with an end mark \(eos_token\), got one without"):
        tokenizing.open_format("alpaca", endless)


def test_a_question_is_all_before_the_last_answer() -> None:
    segments = opened("vicuna", "gpt").write(talk([("a", "b"), ("c", "d")]))
    assert question(segments) == segments[:-1]
