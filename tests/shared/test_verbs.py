"""Verb and noun of instructions against a reading by eye, and the forms of a command one by one."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.shared import verbs
from stages.shared.verbs import verb_noun

# Read by eye before the rules were written: number of the example, verb, object; `-` for none.
DEMO = {
    "coherence_and_cohesion_improvement": ("64 remove information, 244 reorganize information, 279 enhance cohesion"),
    "fix_spelling_and_grammar": (
        "75 change error, 126 correct tense, 140 correct agreement, 285 fix error, 332 correct mistake, "
        "346 correct error, 354 correct error, 410 correct spelling"
    ),
    "language_style_simulation": (
        "3 make language, 16 change language, 148 alter language, 182 transform sentence, 448 make sentence"
    ),
    "paraphrase": (
        "118 restate text, 183 rewrite paragraph, 264 paraphrase paragraph, 325 write thing, "
        "429 paraphrase sentence, 490 paraphrase sentence, 508 rephrase text"
    ),
    "simplify_language": (
        "69 simplify manual, 114 explain concept, 189 simplify manual, 207 simplify sentence, "
        "238 simplify announcement, 315 explain article, 413 rewrite paragraph, 416 simplify language, "
        "480 restate statement, 499 clarify instruction, 526 simplify speech"
    ),
    "style_transfer": ("110 change tone, 111 convert recipe, 163 convert post, 325 convert text, 337 render text"),
    "text_expansion": ("14 expand -, 60 add detail, 450 add information, 586 elaborate -, 603 expand -"),
    "writing_enhancement": (
        "158 enhance vocabulary, 203 add phrase, 385 add word, 448 insert metaphor, 500 replace word, 506 improve tone"
    ),
}
READ_BY_EYE = Path(__file__).with_name("instructions-read-by-eye.tsv")
"""200 instructions: released by Dynosaur, of Self-Instruct's seeds (both Apache-2.0), and this project's own."""

DYNOSAUR = (
    "0 create sentence, 29 correct error, 48 rewrite sentence, 313 generate summary, 346 provide order, "
    "415 answer question, 471 create question, 505 determine -, 881 provide answer, 1031 provide answer, "
    "1156 provide answer, 1158 provide answer, 1180 provide answer, 1252 provide answer, 1309 predict answer, "
    "1506 find name, 1690 predict -, 1911 - -, 1981 predict time, 2430 generate ending, "
    "2564 extract paragraph, 2763 determine -, 2867 predict question, 2945 identify person, "
    "3021 choose version, 3112 provide answer, 3352 compute transform, 3353 compute transform, "
    "3362 suggest modification, 3892 extract path, 3929 identify name, 4088 determine size, "
    "4446 generate sequence, 4503 identify license, 4525 extract name, 4649 identify author, "
    "4725 identify act, 4758 predict topic, 4874 extract name, 4960 - -, 4962 write code, "
    "5010 identify rating, 5017 provide object, 5093 identify action, 5119 construct sentence, "
    "5215 determine -, 5448 determine topic, 5498 identify score, 5551 identify webpage, "
    "5706 generate question"
)


def read_by_eye(labels: str) -> dict[int, tuple[str, str]]:
    entries = [entry.split() for entry in labels.split(", ")]
    return {int(number): (verb.strip("-"), noun.strip("-")) for number, verb, noun in entries}


def accuracy(instructions: list[str], expected: dict[int, tuple[str, str]]) -> float:
    return sum(verb_noun(instructions[number]) == pair for number, pair in expected.items()) / len(expected)


def test_fifty_instructions_of_the_demo_domain_are_read_as_by_eye(test_data: Path) -> None:
    right = 0.0
    for node, labels in DEMO.items():
        examples = json.loads((test_data / f"explore/demo_domain/{node}.json").read_text("utf-8"))["examples"]
        expected = read_by_eye(labels)
        right += len(expected) * accuracy([one["instruction"] for one in examples], expected)
    assert right / sum(len(read_by_eye(labels)) for labels in DEMO.values()) >= 0.95


def test_fifty_instructions_of_dynosaur_are_read_as_by_eye(test_data: Path) -> None:
    tasks = json.loads((test_data / "dynosaur/instructions-full.json").read_text("utf-8"))
    assert accuracy([task["instruction"] for task in tasks], read_by_eye(DYNOSAUR)) >= 0.95


@pytest.mark.parametrize("half", [0, 1])
def test_of_200_instructions_read_by_eye_at_least_85_percent_are_read_alike(half: int) -> None:
    # Drawn by chance and labelled before the parser saw them. The second half is for measuring: the parser had 96 of it
    # right before any rule was changed, and one rule ("the largest one") has come from an instruction of it since.
    lines = READ_BY_EYE.read_text("utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines][100 * half : 100 * half + 100]
    right = [verb_noun(text) == (verb.strip("-"), noun.strip("-")) for _, verb, noun, text in rows]
    assert len(right) == 100
    assert sum(right) >= 85


def test_nearly_all_instructions_of_dynosaur_have_a_verb(test_data: Path) -> None:
    tasks = json.loads((test_data / "dynosaur/instructions-full.json").read_text("utf-8"))
    questions = sum("?" in task["instruction"] for task in tasks)
    without = sum(not verb_noun(task["instruction"])[0] for task in tasks)
    assert without < questions < len(tasks) / 10


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("Given an article, question, and answer, write a short summary.", ("write", "summary")),
        ("Please rewrite the sentence", ("rewrite", "sentence")),
        ("Could you please list three animals?", ("list", "animal")),
        ("You are given a review. Your task is to classify its sentiment.", ("classify", "sentiment")),
        ("In this task, you need to name the capital of France.", ("name", "capital")),
        ("This task asks models to generate a hypothesis.", ("generate", "hypothesis")),
        ("I want you to compose a polite and formal e-mail.", ("compose", "e-mail")),
        ("Based on the text write a question.", ("write", "question")),
        ("Sort the given list ascendingly.", ("sort", "list")),
        ("Choose the right one of three answers.", ("choose", "one")),
        ("Carefully explain why the sky is blue.", ("explain", "")),
        ("Determine whether it rains.", ("determine", "")),
        ("Expand on this statement.", ("expand", "")),
        ("Rewrite it.", ("rewrite", "")),
        ("Correct and improve the paragraph.", ("correct", "paragraph")),
        ("Fill in the blanks.", ("fill", "blank")),
        ("Write out the author's main ideas", ("write", "idea")),
        ("Give me a list of names.", ("give", "list")),
        ("Give the poem a new title.", ("give", "title")),
        ("Make this text sound more formal.", ("make", "text")),
        ("Re-write the following.", ("rewrite", "following")),
        ("Translate English into French.", ("translate", "")),
        ("What is the meaning of the sentence?", ("", "")),
        ("Given a text, what is its author's name?", ("", "")),
        ("The cat sat on the mat.", ("", "")),
        ("写一个故事。", ("", "")),
        ("", ("", "")),
        ("?!", ("", "")),
    ],
)
def test_forms_of_a_command(instruction: str, expected: tuple[str, str]) -> None:
    assert verb_noun(instruction) == expected


def test_words_are_those_of_the_library_whose_files_are_read() -> None:
    from textblob.en import lexicon  # noqa: PLC0415 - it takes seconds
    from textblob.en.inflect import singularize  # noqa: PLC0415

    lexicon.get("the")  # it reads its file when first asked
    assert verbs._lexicon() == dict(lexicon)
    plurals = sorted(word for word, tag in lexicon.items() if tag == "NNS")[::20]
    assert [verbs._inflection().singularize(word) for word in plurals] == [singularize(word) for word in plurals]


@given(
    st.one_of(
        st.text(max_size=80),
        st.lists(st.sampled_from(["given", "a", "text", ",", "and", "please", "write", "?", "'s", "-"])).map(" ".join),
    )
)
def test_any_text_is_read_and_an_object_has_a_verb(text: str) -> None:
    verb, noun = verb_noun(text)
    assert verb or not noun
