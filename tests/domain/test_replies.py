"""Reading subtasks and examples out of replies, however they are written."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.domain import grammar, rules
from stages.domain.grammar import write_examples, write_subtasks
from stages.domain.replies import MAX_CHARS, REASONS, Subtask, Unread, Written, complaint, examples, subtasks
from stages.shared.llm import seam

FORMATS = ("numbered", "plain", "latex")

BOTH = [
    Written("Rewrite this note.", "see u tmrw", "See you tomorrow."),
    Written("Name three rivers.", "", "Po\n\nDon"),
]

NUMBERED = """###
1. Instruction: Rewrite this note.
Input: see u tmrw
Output: See you tomorrow.
###
2. Instruction: Name three rivers.
Input: <noinput>
Output: Po

Don
###"""

AS_JSON = {"examples": [{"instruction": one.instruction, "input": one.input, "output": one.output} for one in BOTH]}


@pytest.mark.parametrize(
    "reply",
    [
        NUMBERED,
        NUMBERED.replace("\n", "\r\n"),
        NUMBERED.replace("1. ", "").replace("2. ", ""),
        NUMBERED.replace("1. ", "1) ").replace("2. ", "2) "),
        NUMBERED.replace("1. ", "(1) ").replace("2. ", "(2) "),
        NUMBERED.replace("###\n", "").removesuffix("###"),
        NUMBERED.replace("###\n", "\n").removesuffix("###"),
        NUMBERED.replace("###\n", "\n---\n\n").removesuffix("###"),
        NUMBERED.replace("###\n1. ", "Example 1:\n").replace("###\n2. ", "**Example 2**\n\n").removesuffix("###"),
        NUMBERED.replace("###\n1. ", "1.\n").replace("###\n2. ", "2.\n").removesuffix("###"),
        NUMBERED.replace("<noinput>", "<NoInput>"),
        NUMBERED.replace("<noinput>", "<NOINPUT>."),
        NUMBERED.replace("<noinput>", ""),
        NUMBERED.replace("Input: <noinput>\n", ""),
        NUMBERED.upper().replace("REWRITE THIS NOTE.", "Rewrite this note.").replace("SEE U TMRW", "see u tmrw")
        .replace("SEE YOU TOMORROW.", "See you tomorrow.").replace("NAME THREE RIVERS.", "Name three rivers.")
        .replace("PO\n\nDON", "Po\n\nDon"),
        NUMBERED.replace("Instruction:", "**Instruction:**").replace("Output:", "**Output**:"),
        NUMBERED.replace("Instruction: Rewrite this note.", "**Instruction: Rewrite this note.**"),
        NUMBERED.replace("1. Instruction:", "**1. Instruction:**").replace("2. Instruction:", "### 2. Instruction:"),
        NUMBERED.replace("Input:", "- Input:").replace("Output:", "- Output:"),
        NUMBERED.replace("tmrw\n", "tmrw\n###\n").replace("note.\n", "note.\n###\n"),
        NUMBERED.replace("tmrw\n", "tmrw\n###\n\n").replace("note.\n", "note.\n\n###\n\n"),
        NUMBERED.replace("Instruction: ", "Instruction:\n").replace("Output: ", "Output:\n\n"),
        NUMBERED.replace("tomorrow.\n###", "tomorrow. ###"),
        NUMBERED.replace("note.\nInput: see u tmrw\nOutput:", "note. Input: see u tmrw Output:"),
        f"```\n{NUMBERED}\n```",
        f"New subtask: Any\nReason: some\nExamples:\n{NUMBERED}",
        json.dumps(AS_JSON),
        json.dumps(AS_JSON, indent=2),
        json.dumps(AS_JSON["examples"]),
        f"```json\n{json.dumps(AS_JSON)}\n```",
        json.dumps({"result": AS_JSON}),
        json.dumps({"examples": [{key.title(): text for key, text in one.items()} for one in AS_JSON["examples"]]}),
        "\n".join(json.dumps(one) for one in AS_JSON["examples"]),
        json.dumps(AS_JSON)[:-2],
        json.dumps(AS_JSON).replace("}, {", "} {"),
        json.dumps(AS_JSON).replace("}]}", "},]}"),
        json.dumps(AS_JSON).replace("\\n", "\n"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("answer_format", ["numbered", "plain"])
def test_examples_are_read_however_they_are_written(reply: str, answer_format: str) -> None:
    assert examples(reply, answer_format, cut_off=False) == (BOTH, [])


SUBTASKS = f"""New subtask: Mending notes
Reason: People write in haste.
They want it put right.
Examples:
{NUMBERED}

New subtask: Naming things
Reason: Lists help.
Examples:
{NUMBERED}
"""

FOUND = [
    Subtask("Mending notes", "People write in haste.\nThey want it put right.", tuple(BOTH)),
    Subtask("Naming things", "Lists help.", tuple(BOTH)),
]


@pytest.mark.parametrize(
    "reply",
    [
        SUBTASKS,
        SUBTASKS.replace("New subtask:", "**New Subtask:**").replace("Reason:", "**Reason:**"),
        SUBTASKS.replace("New subtask: M", "1. New subtask: M").replace("New subtask: N", "2. New subtask: N"),
        SUBTASKS.replace("New subtask: M", "New subtask 1: M").replace("New subtask: N", "New sub-task #2: N"),
        SUBTASKS.replace("New subtask: M", "Subtask 1: M").replace("New subtask: N", "Subtask 2: N"),
        SUBTASKS.replace("Mending notes", '"Mending notes"').replace("Naming things", "**Naming things**"),
        SUBTASKS.replace("Examples:\n", ""),
        SUBTASKS.replace("Examples:", "Example:"),
        SUBTASKS.replace("New subtask:", "### New subtask:"),
        SUBTASKS.replace("New subtask:", "---\nNew subtask:"),
        SUBTASKS.replace("New subtask: ", "New subtask:\n").replace("Reason: ", "Reason:\n"),
        SUBTASKS.replace("Reason: ", ""),
        json.dumps({"subtasks": [{"name": one.name, "reason": one.reason, **AS_JSON} for one in FOUND]}),
        json.dumps([{"New Subtask": one.name, "Reason": one.reason, "Examples": AS_JSON["examples"]} for one in FOUND]),
        json.dumps({"subtasks": [{"name": one.name, "reason": one.reason, **AS_JSON} for one in FOUND]})[:-3],
    ],
)
def test_subtasks_are_read_however_they_are_written(reply: str) -> None:
    assert subtasks(reply, "numbered", cut_off=False) == (FOUND, [])


WORKED = r"""Instruction: Find the root.
Input: $x + 1 = 2$
Output: Explanation: Take $1$ from both sides.
Answer: {answer}"""


@pytest.mark.parametrize(
    ("answer", "expected"), [("$1$", r"$\boxed{1}$"), ("x = 1.", r"\boxed{x = 1}."), (r"$\boxed{1}$", r"$\boxed{1}$")]
)
@pytest.mark.parametrize("form", [WORKED, WORKED.replace("Output: ", ""), WORKED.replace("Output: ", "Output:\n")])
def test_a_worked_solution_has_its_answer_in_a_box(form: str, answer: str, expected: str) -> None:
    output = f"Explanation: Take $1$ from both sides.\nAnswer: {expected}"
    assert examples(form.replace("{answer}", answer), "latex", cut_off=False) == (
        [Written("Find the root.", "$x + 1 = 2$", output)],
        [],
    )


def test_a_worked_solution_in_json_keeps_its_latex_with_backslashes_right_or_wrong() -> None:
    output = "Explanation: $\\frac{1}{2} \\times \\sqrt{4}$\nAnswer: $\\boxed{1}$"
    right = json.dumps({"examples": [{"instruction": "Find it.", "input": "", "output": output}]})
    wrong = right.replace("\\\\", "\\")
    parted = json.dumps(
        [{"instruction": "Find it.", "explanation": output[13:-19].strip(), "answer": "$\\boxed{1}$", "input": ""}]
    )
    for reply in (right, wrong, parted):
        assert examples(reply, "latex", cut_off=False)[0] == [Written("Find it.", "", output)]


@pytest.mark.parametrize(
    ("reply", "reasons"),
    [
        ("", ["empty-reply"]),
        (" \n\t", ["empty-reply"]),
        ("I'm sorry, but I can't help with that.", ["other-format"]),
        ("Translate: Guten Tag\nTranslation: Good day", ["other-format"]),
        ("{}", ["other-format"]),
        ('{"error": {"message": "overloaded"}}', ["other-format"]),
        ("<html><body>502 Bad Gateway</body></html>", ["other-format"]),
        ("Instruction: Do it.\nInput: x", ["no-output"]),
        ("Instruction:\nInput: x\nOutput: y", ["no-instruction"]),
        ("Input: x\nOutput: y", ["no-instruction"]),
        ("Instruction: Do it.\nOutput:\n###", ["no-output"]),
        ('{"examples": [{"instruction": "Do it."}, {"output": "y"}]}', ["no-output", "no-instruction"]),
        ('{"examples": [{"instruction": "Do it.", "output": {"deep": 1}}]}', ["no-output"]),
        ('{"examples": [{"instruction": "Do it.", "output" "y"}]}', ["broken-json"]),
        ("New subtask: One\nReason: because", ["other-format"]),
    ],
)
def test_what_can_t_be_read_as_an_example_comes_back_with_its_reason(reply: str, reasons: list[str]) -> None:
    found, left = examples(reply, "plain", cut_off=False)
    assert (found, [one.reason for one in left]) == ([], reasons)


@pytest.mark.parametrize(
    ("reply", "names", "reasons"),
    [
        ("New subtask:\nReason: because\nExamples:\n" + NUMBERED, [], ["no-name", "no-subtask", "no-subtask"]),
        (NUMBERED, [], ["no-subtask", "no-subtask"]),
        ("New subtask: One\nReason: because", ["One"], []),
        ("New subtask: One\nReason: because\nExamples:\nWrite a poem.", ["One"], ["stray-text"]),
        ("New subtask: !!!\nReason: because", ["!!!"], []),
        ('{"subtasks": [{"reason": "because", "examples": []}, {"name": "Two"}]}', ["Two"], ["no-name"]),
        ('[{"instruction": "a", "output": "b"}]', [], ["no-subtask"]),
        ('{"subtasks": [{"name": "One", "examples": ["Write a poem."]}, "Two"]}', ["One"], ["stray-text"] * 2),
        ("Examples: such as these\n\nNew subtask: One", ["One"], ["stray-text"]),
        (f"Sure, here they are:\n\n{SUBTASKS}", [one.name for one in FOUND], ["stray-text"]),
        (f"{SUBTASKS}###\nTell me if you want more!", [one.name for one in FOUND], ["stray-text"]),
        (f'Of course, a 5" list: {json.dumps({"subtasks": [{"name": "One"}]})} Enough?', ["One"], ["stray-text"] * 2),
    ],
)
def test_what_can_t_be_read_as_a_subtask_comes_back_with_its_reason(
    reply: str, names: list[str], reasons: list[str]
) -> None:
    found, left = subtasks(reply, "numbered", cut_off=False)
    assert ([one.name for one in found], [one.reason for one in left]) == (names, reasons)


def test_labels_within_an_output_are_text_unless_a_new_example_can_begin_there() -> None:
    output = "Reason: none.\nInput: water\nExamples: two\nSubtask 1: buy seeds\n1.\n12\n- Output: soup"
    reply = f"Instruction: Plan it.\nOutput: {output}\n\nInstruction: Again.\nOutput: no"
    assert examples(reply, "plain", cut_off=False) == (
        [Written("Plan it.", "", output), Written("Again.", "", "no")],
        [],
    )


def test_labels_are_no_sets_of_characters() -> None:
    reply = "New subtask: A\nReason: b\nExamples: \nInstruction: sample text\nOutput: Answer: new"
    (found,), _ = subtasks(reply, "plain", cut_off=False)
    assert found.examples == (Written("sample text", "", "Answer: new"),)


def test_the_last_piece_of_a_reply_that_was_cut_off_is_left_out() -> None:
    assert examples(NUMBERED.removesuffix("\n\nDon\n###"), "numbered", cut_off=True) == (
        BOTH[:1],
        [Unread("cut-off", "Name three rivers. <noinput> Po")],
    )
    (one, two), left = subtasks(SUBTASKS[:-20], "numbered", cut_off=True)
    assert (one, two.name, two.examples, [x.reason for x in left]) == (FOUND[0], FOUND[1].name, (BOTH[0],), ["cut-off"])


@pytest.mark.parametrize("characters", range(20, 400, 7))
def test_json_that_was_cut_off_is_read_up_to_there(characters: int) -> None:
    whole = json.dumps({"subtasks": [{"name": one.name, "reason": one.reason, **AS_JSON} for one in FOUND]})
    found, left = subtasks(whole[:characters], "numbered", cut_off=True)
    assert [one.name for one in found] == [one.name for one in FOUND][: len(found)]
    assert all(one.examples == tuple(BOTH)[: len(one.examples)] for one in found)
    assert [one.reason for one in left][-1] in ("cut-off", "other-format")


def test_a_reply_longer_than_any_list_is_read_up_to_the_bound() -> None:
    one = "Instruction: Do it.\nOutput: done\n###\n"
    found, left = examples(one * (MAX_CHARS // len(one) + 2), "plain", cut_off=False)
    assert (len(found), [x.reason for x in left]) == (MAX_CHARS // len(one), ["cut-off", "overlong-reply"])


@pytest.mark.parametrize(
    "piece",
    [
        "{", "[", '"\\', '{"a":', "\n", " ", "*", "`", "```\n", "1.\n", "###\n", "Instruction: a\n", "Input", "Output:",
        "New subtask: a\n", "Instruction: a\nOutput: b\n2.\n", '{"instruction":"a",,"output":"b"},', '"name":"a', "\\",
        "Answer: ", "\nAnswer:", "$", "Example 1\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", ["Instruction: a\nOutput: Answer: ", '{"examples":['])
def test_a_long_hostile_reply_is_read_in_time(piece: str, before: str) -> None:
    reply = before + piece * ((MAX_CHARS - len(before)) // len(piece))
    found, left = subtasks(reply, "latex", cut_off=False)
    assert found or left


def is_text(line: str) -> bool:
    """Whether a line is neither JSON nor what parts examples."""
    return not line.startswith(("[", "(")) and not set(line) <= set("-=0123456789.) ") and "example" not in line.lower()


WORD = st.text(
    alphabet=st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"), exclude_characters="#*`_:\"'{")
)
LINE = st.lists(WORD.filter(str.strip), min_size=1, max_size=5).map(" ".join).filter(is_text)
TEXT = st.lists(LINE, min_size=1, max_size=3).map("\n".join)


WRITTEN = st.builds(Written, LINE, st.one_of(st.just(""), TEXT), TEXT)


@settings(max_examples=60, deadline=None)
@given(st.lists(WRITTEN, min_size=1, max_size=4), st.sampled_from(FORMATS))
def test_examples_that_are_written_in_a_form_are_read_back(written: list[Written], answer_format: str) -> None:
    assert examples(write_examples(written, answer_format), answer_format, cut_off=False) == (written, [])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.builds(Subtask, LINE, TEXT, st.lists(WRITTEN, max_size=3).map(tuple)), min_size=1, max_size=3),
    st.sampled_from(FORMATS),
)
def test_subtasks_that_are_written_in_a_form_are_read_back(written: list[Subtask], answer_format: str) -> None:
    assert subtasks(write_subtasks(written, answer_format), answer_format, cut_off=False) == (written, [])


PIECES = st.sampled_from(
    [
        "Instruction:", "1. Instruction: a", "Input: <noinput>", "Output: b", "New subtask: c", "Reason:", "Examples:",
        "###", "---", "2.", "\n", "\r\n", " ", "**", "Answer: $5$", '{"instruction": "', '"}', "[", "}", "\\", "\ud800",
        "```", '"name": "x", ', "Example 2", '"examples": [',
    ]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=14).map("".join), st.lists(PIECES).map("\n".join)),
    st.sampled_from(FORMATS),
    st.booleans(),
)
def test_no_reply_raises_and_none_passes_in_silence(reply: str, answer_format: str, cut_off: bool) -> None:
    for read in (subtasks, examples):
        found, left = read(reply, answer_format, cut_off)
        assert found or left
        assert {one.reason for one in left} <= set(REASONS)
        assert all(one.detail.encode("utf-8") or one.reason for one in left)


KEYS = st.sampled_from(["name", "examples", "instruction", "output", "input", "answer", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
)


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_no_json_value_raises(value: object) -> None:
    for read in (subtasks, examples):
        found, left = read(json.dumps(value), "latex", cut_off=False)
        assert found or left


def test_a_complaint_says_what_a_reply_lacks() -> None:
    assert complaint(NUMBERED, "numbered", of_subtasks=False) == ""
    assert complaint(SUBTASKS, "numbered", of_subtasks=True) == ""
    assert complaint("Sure!", "plain", of_subtasks=True) == "no subtask in it can be read."
    told = complaint("Instruction: a", "plain", of_subtasks=False)
    assert told == "no example in it can be read (an example without an output)."


def test_every_format_has_the_labels_of_all_parts() -> None:
    for answer_format in FORMATS:
        how = grammar.grammar(answer_format)
        assert how.label("subtask") == "New subtask:"
        assert how.worked == (answer_format == "latex")
        assert how.numbered == (answer_format == "numbered")


def test_no_reason_word_means_two_things() -> None:
    assert not set(REASONS) & (set(rules.REASONS) | set(seam.REASONS))
