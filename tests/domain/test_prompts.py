"""The prompts of a domain: what they say, in which order, and in which form they want the reply."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.domain import prompts, replies
from stages.domain.prompts import Wording, decompose, enrich, language_name, read_wording
from stages.domain.source import Domain, read_domain
from stages.domain.tree import Example, Node, Tree
from stages.shared.errors import InputError
from stages.shared.llm.seam import ModelParams, Prompt, request_of

FORMATS = ("numbered", "plain", "latex")
WORDING = Wording("1. Wanted of subtasks.", "1. Wanted of examples.")

SHOWN = [
    Example(instruction=" Shorten\n this text: ", input=" A long  story. ", output="A story.", number=0, generator="x"),
    Example(instruction="Tell a joke", input="", output="No.", number=1, generator="x"),
]


def domain(answer_format: str = "numbered", **changes: object) -> Domain:
    described = {"id": "texts", "name": "Texts", "description": "Working on texts.", "license": "apache-2.0"}
    return Domain.model_validate({**described, "answer_format": answer_format, **changes})


def tree() -> Tree:
    named = [
        ("texts", "Texts", None, 0, "Working on texts."),
        ("short", "Shortening", "texts", 1, "Time is short."),
        ("tone", "Changing the tone", "texts", 1, ""),
        ("to_a_line", 'To "one" line', "short", 2, ""),
    ]
    return Tree(
        "texts",
        [
            Node(task_name=task_name, raw_task_name=name, parent=parent, depth=depth, reason=reason)
            for task_name, name, parent, depth, reason in named
        ],
    )


def user(prompt: Prompt) -> str:
    return prompt.messages[1]["content"]


def asked(setting: str, task_name: str = "short", answer_format: str = "numbered", draw: int = 0) -> Prompt:
    """The prompt of a setting for a node."""
    if setting == "enrich":
        return enrich(domain(answer_format), WORDING, tree(), task_name, SHOWN, ask=10, draw=draw)
    return decompose(setting, domain(answer_format), WORDING, tree(), task_name, SHOWN, ask=3, total=8, draw=draw)


SETTINGS = ("lookahead", "backtracking", "enrich")


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_prompt_says_whose_it_is(setting: str) -> None:
    prompt = asked(setting, draw=4)
    assert (prompt.item, prompt.setting, prompt.draw) == ("short", setting, 4)


def test_the_target_task_is_shown_with_what_stands_around_it() -> None:
    lines = user(asked("lookahead")).splitlines()
    start = lines.index("Target task: Shortening")
    assert lines[start : start + 5] == [
        "Target task: Shortening",
        "Why it is one: Time is short.",
        "It is a part of: Texts",
        'Existing subtasks of the target task: ["To \\"one\\" line"]',
        'Peer tasks of the target task: ["Changing the tone"]',
    ]


def test_the_root_is_a_part_of_nothing_and_has_no_peers() -> None:
    text = user(asked("lookahead", "texts"))
    assert "It is a part of" not in text
    assert 'Existing subtasks of the target task: ["Shortening", "Changing the tone"]' in text
    assert "Peer tasks of the target task: []" in text


def test_examples_are_shown_with_separators_and_tidied() -> None:
    assert (
        "\n\nExamples:\n###\n1. Instruction: Shorten this text\nInput: A long  story.\nOutput: A story.\n"
        "###\n2. Instruction: Tell a joke\nInput: <noinput>\nOutput: No.\n###\n\n"
    ) in user(asked("lookahead"))


@pytest.mark.parametrize("answer_format", FORMATS)
def test_only_the_numbered_form_numbers_its_examples(answer_format: str) -> None:
    for setting in SETTINGS:
        numbers = re.findall(
            r"^(?:(\d)\. )?Instruction:", user(asked(setting, answer_format=answer_format)), re.MULTILINE
        )
        assert numbers == (["1", "2", "1", "2"] if answer_format == "numbered" else [""] * 4)


def test_only_mathematics_is_asked_for_worked_solutions() -> None:
    for answer_format in FORMATS:
        text = user(asked("enrich", answer_format=answer_format))
        assert ("Output: Explanation: <" in text and "\nAnswer: <" in text and r"\boxed{" in text) == (
            answer_format == "latex"
        )


def test_a_seed_without_an_output_is_shown_as_its_instruction() -> None:
    seed = Example(instruction="Plan my day.", input="", output="", number=0, generator="human")
    text = user(enrich(domain(), WORDING, tree(), "texts", [seed], ask=10, draw=0))
    assert "Examples:\n###\n1. Instruction: Plan my day.\n###\n\n" in text


def test_without_demonstrations_no_examples_are_announced() -> None:
    text = user(decompose("lookahead", domain(), WORDING, tree(), "tone", [], ask=3, total=8, draw=0))
    assert text.count("Examples:") == 1  # that of the form


def test_lookahead_ends_with_the_numbers_of_subtasks_there_are_and_are_wanted() -> None:
    assert user(asked("lookahead")).endswith(
        "Take the target task apart into 8 subtasks in all, which are diverse and complement one another. It has 1 so "
        "far. Think of 3 new ones, give a reason for each, and then list 2 examples of each."
    )


def test_backtracking_differs_from_lookahead_in_its_end_only() -> None:
    first, again = user(asked("lookahead")), user(asked("backtracking"))
    assert first.rpartition("\n\n")[0] == again.rpartition("\n\n")[0]
    end = again.rpartition("\n\n")[2]
    assert "widen it" in end
    assert [int(number) for number in re.findall(r"\d+", end)] == [1, 8, 3, 2]


def test_enrich_ends_with_the_lines_that_begin_the_reply() -> None:
    assert "Write 10 examples of the target task" in user(asked("enrich"))
    assert user(asked("enrich")).endswith("\n\nNew subtask: Shortening\nReason: Time is short.\nExamples:")
    assert user(asked("enrich", "tone")).endswith("\n\nNew subtask: Changing the tone\nExamples:")


def shared(one: str, other: str) -> str:
    count = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:count]


def test_all_prompts_of_a_domain_begin_with_the_same_message() -> None:
    assert len({asked(setting, node).messages[0]["content"] for setting in SETTINGS for node in ("texts", "tone")}) == 1


@pytest.mark.parametrize(("one", "other"), [("lookahead", "lookahead"), ("lookahead", "backtracking"), ("enrich",) * 2])
def test_prompts_of_a_kind_share_all_that_stands_before_the_task(one: str, other: str) -> None:
    both = shared(user(asked(one, "texts")), user(asked(other, "tone")))
    assert both.endswith("\n\nTarget task: ")
    assert WORDING.lookahead in both or WORDING.enrich in both


@pytest.mark.parametrize("answer_format", FORMATS)
def test_a_reply_in_the_form_that_a_prompt_shows_can_be_read(answer_format: str) -> None:
    found, left = replies.subtasks(form(asked("lookahead", answer_format=answer_format)), answer_format, cut_off=False)
    assert (len(found), len(found[0].examples), left) == (1, 2, [])
    written, left = replies.examples(form(asked("enrich", answer_format=answer_format)), answer_format, cut_off=False)
    assert (len(written), left) == (2, [])


def form(prompt: Prompt) -> str:
    """The form of a reply as a prompt shows it."""
    return user(prompt).split(":\n\n")[2].split("\n\nWhere the answer")[0].removesuffix("\n...")


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_prompt_complains_of_a_reply_in_which_nothing_can_be_read(setting: str) -> None:
    reply = form(asked(setting))
    assert asked(setting).complaint(reply) == ""
    assert asked(setting).complaint("As you wish.").startswith("no ")
    assert asked("enrich").complaint(form(asked("lookahead"))) == ""
    assert asked("lookahead").complaint(form(asked("enrich"))) != ""


def test_the_schemas_are_those_of_the_replies() -> None:
    example = {"instruction": "a", "input": "", "output": "b"}
    assert asked("lookahead").schema == asked("backtracking").schema
    for setting, reply in (
        ("lookahead", {"subtasks": [{"name": "n", "reason": "r", "examples": [example]}]}),
        ("enrich", {"examples": [example]}),
    ):
        schema = asked(setting).schema
        assert schema is not None
        assert fits(reply, schema)
        assert not fits({**reply, "more": 1}, schema)
        assert asked(setting).complaint(json.dumps(reply)) == ""


def fits(value: object, schema: object) -> bool:
    """Whether a value follows a schema, as far as these schemas go."""
    assert isinstance(schema, dict)
    if schema["type"] == "object":
        assert isinstance(value, dict)
        own = schema["properties"]
        assert schema["additionalProperties"] is False
        return set(value) == set(schema["required"]) == set(own) and all(fits(value[key], own[key]) for key in own)
    if schema["type"] == "array":
        return isinstance(value, list) and all(fits(one, schema["items"]) for one in value)
    return schema["type"] == "string" and isinstance(value, str)


@pytest.mark.parametrize(
    ("code", "name"),
    [("en", "English"), ("de", "German"), ("zh", "Chinese"), ("pt-BR", "Portuguese (pt-BR)"), ("xx", "xx")],
)
def test_the_language_is_named(code: str, name: str) -> None:
    assert language_name(code) == name
    prompt = enrich(domain(language=code), WORDING, tree(), "tone", [], ask=10, draw=0)
    assert f"Write everything in {name}:" in prompt.messages[0]["content"]


def test_the_draw_and_the_task_make_another_request() -> None:
    model = ModelParams(provider="openai", model="m", endpoint="e")
    prompts_of_all = [asked(setting, node, draw=draw) for setting in SETTINGS for node in ("short", "tone")
                      for draw in (0, 1)]  # fmt: skip
    assert len({request_of(model, prompt).key for prompt in prompts_of_all}) == 12
    assert request_of(model, asked("enrich")).key == request_of(model, asked("enrich")).key


@given(st.text(alphabet="{}abc_ \n\ud800", max_size=20))
def test_whatever_a_task_is_called_a_prompt_can_be_made_and_sent(name: str) -> None:
    planted = Tree("texts", [Node(task_name="root", raw_task_name=name + "{count}{ask}", parent=None, depth=0)])
    for setting in ("lookahead", "backtracking"):
        text = user(decompose(setting, domain(), WORDING, planted, "root", SHOWN, 3, 8, 0))
        assert text.encode("utf-8")
        assert "{count}{ask}" in text


def test_requirements_are_read_from_the_domain_s_folder(tmp_path: Path) -> None:
    (tmp_path / "lookahead.txt").write_text("\n1. One.\n2. Two.\n\n", "utf-8")
    (tmp_path / "enrich.txt").write_text("1. Three.\n", "utf-8")
    assert read_wording(tmp_path) == Wording("1. One.\n2. Two.", "1. Three.")


@pytest.mark.parametrize("content", [None, b" \n"])
def test_missing_or_empty_requirements_are_told(content: bytes | None, tmp_path: Path) -> None:
    (tmp_path / "lookahead.txt").write_text("1. One.", "utf-8")
    if content is not None:
        (tmp_path / "enrich.txt").write_bytes(content)
    with pytest.raises(
        InputError, match=r"enrich\.txt: expected the requirements that prompts .* got none; write them"
    ):
        read_wording(tmp_path)


def test_requirements_in_another_encoding_are_told(tmp_path: Path) -> None:
    (tmp_path / "lookahead.txt").write_bytes("Grün".encode("latin-1"))
    with pytest.raises(InputError, match=r"lookahead\.txt: expected a text in UTF-8"):
        read_wording(tmp_path)


FIELDS = {"name", "description", "language", "requirements", "form", "total", "count", "ask", "each", "heading"}


@pytest.mark.parametrize("name", ["brainstorming", "math", "rewriting"])
def test_the_project_s_domains_leave_no_field_unfilled(name: str, repository: Path) -> None:
    place = repository / "data" / "sources" / "domains" / name
    found = read_domain(place)
    seed = found.seed()
    root = seed.root
    for prompt in (
        decompose("lookahead", found, read_wording(place), seed, root.task_name, root.examples[:2], 5, 8, 0),
        enrich(found, read_wording(place), seed, root.task_name, root.examples[:2], 10, 0),
    ):
        for message in prompt.messages:
            assert not FIELDS & set(re.findall(r"\{([a-z]+)\}", message["content"]))
        assert len(user(prompt)) < 8000


def test_the_texts_of_the_prompts_are_all_used() -> None:
    used = {"system", "lookahead", "enrich", "lookahead_end", "backtracking_end", "enrich_end", "worked"}
    used_json = {"subtasks", "examples", "languages"}
    assert {path.name for path in prompts.TEXTS.iterdir()} == {f"{x}.txt" for x in used} | {
        f"{x}.json" for x in used_json
    }
