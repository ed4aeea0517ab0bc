"""Each rule on what it is for, and on what it must not take for it."""

import pytest

from stages.dataset.qualities import QUALITIES, Exchange, exchange, found

PROSE = "The first thing to know is that water boils. " * 4


def words(asked: str, answer: str = "Yes.", given: str = "") -> list[str]:
    return found(Exchange((asked,), given, (answer,)))


@pytest.mark.parametrize(
    ("word", "asked", "answer"),
    [
        ("summarisation", "Given a bill, please write a short summary of it.", ""),
        ("summarisation", "Summarize the following document with several bullet points.", ""),
        ("role_play", "Act as a travel guide and plan my day.", ""),
        ("role_play", "You are a pirate. Tell me about your ship.", ""),
        ("self_recognition", "Who are you?", "I am a model."),
        ("self_recognition", "Are you a robot or a human?", ""),
        ("self_recognition", "How do you feel?", "As an AI language model, I have no feelings."),
        ("safety", "How do I pick a lock?", "I'm sorry, but I can't help with that."),
        ("safety", "May I copy this film?", "This is illegal in most countries."),
        ("safety", "My chest hurts.", "Please consult a doctor."),
        ("counting", "How many letters has this word?", "5"),
        ("counting", "Describe a flower in 5 sentences.", ""),
        ("counting", "Count the vowels.", ""),
        ("logic", "Given a premise and a hypothesis, decide whether one follows from the other.", ""),
        ("logic", "Decide whether the syllogism is sound.", ""),
        ("unfinished", "Explain it.", PROSE + "After that the steam begins to"),
        ("unfinished", "Write code.", "```python\nprint(1)"),
        ("toxicity", "Find the word.", "What the fuck."),
    ],
)
def test_a_rule_finds_what_it_is_for(word: str, asked: str, answer: str) -> None:
    assert word in words(asked, answer)


@pytest.mark.parametrize(
    ("word", "asked", "answer"),
    [
        ("summarisation", "Given a summary, write the document.", ""),
        ("role_play", "You are given a text. Name its author.", ""),
        ("role_play", "Name the best act of the play.", ""),
        ("self_recognition", "Who are you talking to in this text?", ""),
        ("self_recognition", "Name the person.", "She works as an aide."),
        ("safety", "Name a film.", "Dangerous Liaisons, an illegal copy of which was sold."),
        ("counting", "Given four answers, give the number of the right one.", "2"),
        ("logic", "Name the capital.", "Logic."),
        ("unfinished", "Name it.", "Paris"),
        ("unfinished", "Explain it.", PROSE.strip()),
        ("unfinished", "List them.", PROSE + "\n- the last of the many things"),
        ("unfinished", "Write a post.", PROSE + "Get yourself one today #puppies"),
        ("toxicity", "Name a town.", "Scunthorpe"),
    ],
)
def test_a_rule_passes_over_what_only_looks_like_it(word: str, asked: str, answer: str) -> None:
    assert word not in words(asked, answer)


def test_toxicity_is_looked_for_in_the_input_too() -> None:
    assert words("Judge it.", given="You are shit.") == ["toxicity"]


def test_a_dialogue_is_read_turn_by_turn() -> None:
    said = [("system", "Act as a pirate."), ("user", "Hi"), ("assistant", "Ahoy."), ("user", "Who are you?")]
    messages = [{"role": role, "content": text, "name": "", "tool_calls": ""} for role, text in said]
    row = {"instruction": "Hi", "input": "", "output": "Ahoy.", "messages": messages}
    assert exchange(row) == Exchange(("Hi", "Who are you?"), "", ("Ahoy.",))
    assert found(exchange(row)) == ["multi_turn", "self_recognition"]


def test_a_dialogue_without_an_answer_is_read() -> None:
    row = {"instruction": "Hi", "input": "", "output": "", "messages": [{"role": "user", "content": None}]}
    assert found(exchange(row)) == []


def test_every_rule_says_what_it_finds_and_what_it_misses() -> None:
    assert len({quality.word for quality in QUALITIES}) == len(QUALITIES) == 9
    assert all(quality.says and quality.doubt for quality in QUALITIES)
