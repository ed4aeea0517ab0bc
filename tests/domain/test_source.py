"""A domain's folder: its description, the tree it begins with, and the domains that come with the project."""

import hashlib
from pathlib import Path

import pytest
import yaml

from stages.domain import latex, rules
from stages.domain.grammar import Written
from stages.domain.prompts import read_wording
from stages.domain.source import Domain, read_domain
from stages.shared.errors import InputError
from stages.shared.params import Section

SHIPPED = ("brainstorming", "math", "rewriting")

DESCRIPTION = {
    "name": "Garden work",
    "description": "Planting and weeding.",
    "license": "apache-2.0",
    "answer_format": "plain",
    "examples": [{"instruction": "Name a tree.", "output": "Elm"}],
    "subtasks": [
        {"name": "Weeding", "reason": "Weeds grow.", "subtasks": [{"name": "By hand"}]},
        {"name": "Planting", "examples": [{"instruction": "When?", "input": "tulips", "output": "In October"}]},
    ],
}


def folder(tmp_path: Path, **changes: object) -> Path:
    """A domain's folder, its description changed in these keys."""
    (tmp_path / "garden").mkdir()
    (tmp_path / "garden" / "domain.yaml").write_text(yaml.safe_dump({**DESCRIPTION, **changes}), "utf-8")
    return tmp_path / "garden"


def test_the_tree_to_start_from_is_the_root_and_its_tasks_level_by_level(tmp_path: Path) -> None:
    domain = read_domain(folder(tmp_path))
    tree = domain.seed()
    assert (domain.part, tree.domain) == ("domain/garden", "garden")
    assert [(node.task_name, node.parent, node.depth, node.reason) for node in tree] == [
        ("garden_work", None, 0, "Planting and weeding."),
        ("weeding", "garden_work", 1, "Weeds grow."),
        ("planting", "garden_work", 1, ""),
        ("by_hand", "weeding", 2, ""),
    ]
    (example,) = tree["planting"].examples
    assert (example.input, example.number, example.generator, example.answer) == ("tulips", 0, "human", "")


def test_two_tasks_of_one_name_have_two_ids(tmp_path: Path) -> None:
    tree = read_domain(folder(tmp_path, subtasks=[{"name": "Garden work"}, {"name": "garden-work"}])).seed()
    assert [node.task_name for node in tree] == ["garden_work", "garden_work_2", "garden_work_3"]


def test_a_task_whose_name_has_no_word_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected the name of a task, with a letter or digit, got '\.\.\.'"):
        read_domain(folder(tmp_path, subtasks=[{"name": "..."}])).seed()


def test_seeds_of_a_corpus_become_examples_of_the_root_after_its_own(tmp_path: Path, test_data: Path) -> None:
    place = folder(tmp_path, seeds="seeds.jsonl", demonstrations=5, settings={"explore": {"max_depth": 0}})
    corpus = test_data / "corpora" / "instructionwild_seed_prompts_en.jsonl"
    (place / "seeds.jsonl").write_bytes(corpus.read_bytes())
    root = read_domain(place).seed().root
    assert len(root.examples) == 1 + 429
    assert [one.number for one in root.examples] == list(range(430))
    assert [bool(one.output) for one in root.examples[:3]] == [True, False, False]
    assert {one.generator for one in root.examples} == {"human"}


def test_curated_tasks_stand_below_the_root_with_their_instances(tmp_path: Path, test_data: Path) -> None:
    place = folder(tmp_path, curated="tasks", subtasks=[])
    (place / "tasks").symlink_to(test_data / "eval" / "superni")
    tree = read_domain(place).seed()
    children = tree.children("garden_work")
    assert len(tree) == 29
    assert [node.task_name for node in children] == sorted(node.task_name for node in children)
    assert children[0].reason == "Cause Effect Classification"
    assert sum(len(node.examples) for node in children) == 9577


def test_the_revision_is_that_of_all_files_that_the_domain_names(tmp_path: Path) -> None:
    alone = read_domain(folder(tmp_path))
    path = tmp_path / "garden" / "domain.yaml"
    assert alone.revision == hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_text(yaml.safe_dump({**DESCRIPTION, "seeds": "seeds.jsonl", "curated": "tasks/"}), "utf-8")
    (tmp_path / "garden" / "tasks").mkdir()
    found = set()
    for name, text in (("seeds.jsonl", "a"), ("tasks/t1.json", "b"), ("tasks/t1.json", "c"), ("seeds.jsonl", "d")):
        (tmp_path / "garden" / name).write_text(text, "utf-8")
        found.add(read_domain(tmp_path / "garden").revision)
    (tmp_path / "garden" / "lookahead.txt").write_text("asks, and is in no instance", "utf-8")
    assert read_domain(tmp_path / "garden").revision in found
    assert len(found) == 4


def test_no_dump_of_a_domain_holds_the_place_of_its_folder(tmp_path: Path) -> None:
    domain = read_domain(folder(tmp_path, seeds="seeds.jsonl"))
    assert str(tmp_path) not in domain.model_dump_json() + str(domain.model_dump()) + repr(domain)


@pytest.mark.parametrize("key", ["seeds", "curated", "imported"])
@pytest.mark.parametrize("name", ["../seeds.jsonl", "/etc/passwd", "a/b", "", "~"])
def test_files_of_a_domain_lie_in_its_own_folder(key: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"{key}: string should match pattern"):
        read_domain(folder(tmp_path, **{key: name}))


def test_a_file_that_a_domain_names_and_has_not_is_told(tmp_path: Path) -> None:
    place = folder(tmp_path, seeds="seeds.jsonl")
    with pytest.raises(InputError, match="expected the file of seeds that the domain names, got none"):
        read_domain(place).seed()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"imported": "tree/", "imported_generator": "openai:gpt-3.5-turbo"}, "an imported tree stands alone"),
        ({"imported": "tree/", "examples": [], "subtasks": []}, "imported and imported_generator go together"),
        ({"imported_generator": "human"}, "imported and imported_generator go together"),
        ({"answer_format": "yaml"}, "answer_format: input should be 'numbered', 'plain' or 'latex'"),
        ({"colour": "green"}, "colour: extra inputs are not permitted"),
        ({"demonstrations": -1}, "demonstrations: input should be greater than or equal to 0"),
        ({"examples": [{"instruction": "Name a tree."}]}, "examples.0.output: field required"),
    ],
)
def test_a_description_that_can_t_be_is_refused_with_its_key(
    changes: dict[str, object], fault: str, tmp_path: Path
) -> None:
    place = folder(tmp_path, **changes)
    with pytest.raises(InputError) as error:
        read_domain(place)
    assert fault in error.value.came
    assert error.value.where == str(place / "domain.yaml")


def test_a_folder_without_a_description_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"domain\.yaml: expected the description of a domain, got none"):
        read_domain(tmp_path)


class Searched(Section):
    """A section of params.yaml."""

    max_depth: int
    tries: int


def test_a_domain_sets_keys_of_a_section_otherwise(tmp_path: Path) -> None:
    domain = read_domain(folder(tmp_path, settings={"explore": {"max_depth": 0}}))
    params = Searched(max_depth=2, tries=3)
    assert domain.settled("explore", params) == Searched(max_depth=0, tries=3)
    assert domain.settled("enrich", params) == params


def test_a_key_that_a_section_has_not_is_refused(tmp_path: Path) -> None:
    domain = read_domain(folder(tmp_path, settings={"explore": {"depth": 0}}))
    with pytest.raises(InputError, match=r"garden/domain\.yaml, key settings\.explore"):
        domain.settled("explore", Searched(max_depth=2, tries=3))


@pytest.mark.parametrize(
    ("name", "answer_format", "lookahead", "enrich"),
    [("brainstorming", "plain", 14, 7), ("math", "latex", 14, 8), ("rewriting", "numbered", 14, 6)],
)
def test_the_domains_of_the_project_state_as_many_requirements_as_the_original_s(
    name: str, answer_format: str, lookahead: int, enrich: int, repository: Path
) -> None:
    place = repository / "data" / "sources" / "domains" / name
    wording = read_wording(place)
    assert read_domain(place).answer_format == answer_format
    for text, count in ((wording.lookahead, lookahead), (wording.enrich, enrich)):
        assert [line.split(". ")[0] for line in text.splitlines()] == [str(n + 1) for n in range(count)]


def shipped(repository: Path, name: str) -> Domain:
    return read_domain(repository / "data" / "sources" / "domains" / name)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_seed_examples_of_the_project_s_domains_pass_the_rules(name: str, repository: Path) -> None:
    domain = shipped(repository, name)
    tree = domain.seed()
    assert len(tree.root.examples) >= domain.demonstrations
    assert all(len(node.examples) >= 2 for node in tree)
    for node in tree:
        for one in node.examples:
            written = Written(one.instruction, one.input, one.output)
            assert rules.judge(written, domain.answer_format, domain.language) == ""
            assert max(len(one.input.split()), len(one.output.split())) < 200


def test_the_worked_solutions_of_mathematics_have_their_form(repository: Path) -> None:
    for one in shipped(repository, "math").seed().root.examples:
        assert one.output.startswith("Explanation: ")
        assert one.output.count("\nAnswer: $\\boxed{") == 1
        assert latex.boxed(one.output) == one.output
        assert one.output.count("$") % 2 == 0


@pytest.mark.parametrize("name", SHIPPED)
def test_the_project_s_domains_may_be_passed_on(name: str, repository: Path) -> None:
    domain = shipped(repository, name)
    assert (domain.license, domain.terms, domain.language) == ("apache-2.0", "", "en")
