"""Driving work in rounds: who is asked when, and what can be known of it without asking."""

import io
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from stages.domain import replies
from stages.domain.filling import EnrichParams, Filling
from stages.domain.rounds import answered_by, asked, check_can_explore, counting, known_so_far, settings_of
from stages.domain.search import ExploreParams, Search
from stages.shared.errors import InputError, ParamsError
from stages.shared.ledger import Ledger
from stages.shared.llm.seam import ModelParams, Prompt, Round, request_of
from stages.shared.records import Answer
from tests.domain import driving
from tests.domain.driving import ENRICH, EXPLORE, MODEL, explore, scripted
from tests.domain.scripted import PROSE, Script


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A domain and its wording."""
    return driving.read(tmp_path_factory.mktemp("domain") / "texts")


def search(known: Any, **changes: Any) -> Search:
    return Search(*known, ExploreParams.model_validate({**EXPLORE, **changes}), Ledger("explore", io.StringIO()))


def stored(prompts: list[Prompt], script: Script) -> dict[str, Answer]:
    """What a store would hold once these were asked, by whomever."""
    found = {}
    for prompt in prompts:
        key = request_of(MODEL, prompt).key
        for one in driving.answers_to(prompt, scripted(script)):
            assert isinstance(one, Answer)
            found[key] = one.model_copy(update={"key": key, "item": "another", "draw": 7, "turn": 0})
            again = driving.complaint_of(MODEL, prompt, one.reply)
            key = again.key if again else ""
    return found


def texts(prompts: list[Prompt]) -> list[tuple[str, int, object]]:
    return [(prompt.item, prompt.draw, prompt.messages) for prompt in prompts]


def test_nobody_is_opened_where_there_is_nothing_to_ask(known: Any) -> None:
    def opened() -> AbstractContextManager[Round]:
        raise AssertionError("a provider was opened")

    assert list(asked(search(known, max_depth=0), opened)) == []


def test_before_anything_is_answered_the_first_round_is_known_and_the_rest_estimated(known: Any) -> None:
    found, more = known_so_far(search(known), lambda _: None)
    assert [prompt.setting for prompt in found] == ["lookahead"]
    assert more == 8
    assert known_so_far(search(known, max_requests=4), lambda _: None)[1] == 3
    # A few at a time: 8 are three requests of the root, 6 are two of each of its subtasks.
    assert known_so_far(search(known, search="depth"), lambda _: None)[1] == 2 + 8 * 2


def test_what_is_answered_leads_to_what_is_asked_next(known: Any) -> None:
    script = Script()
    whole = explore(*known, scripted(script))
    store = stored(whole.rounds[0], script)
    for prompts in ([], whole.rounds[1][1:], whole.rounds[1]):
        store.update(stored(prompts, script))
        found, more = known_so_far(search(known), answered_by(MODEL, store.get))
        assert (texts(found), more) == (texts(whole.asked), 0)
    assert len(found) == len(store) == 9


def test_a_complaint_without_an_answer_leaves_the_rest_unknown(known: Any) -> None:
    script = Script(bad_share=1, kinds=("prose",))
    (prompt,) = explore(*known, lambda _: PROSE, tries=1).asked
    store = stored([prompt], script)
    assert len(store) == 2
    first = {request_of(MODEL, prompt).key: store[request_of(MODEL, prompt).key]}
    assert answered_by(MODEL, first.get)(prompt) is None
    both = answered_by(MODEL, store.get)(prompt)
    assert both is not None
    assert [(one.turn, one.item, one.draw) for one in both] == [(0, prompt.item, 0), (1, prompt.item, 0)]


def test_what_enriching_takes_is_estimated_from_what_is_missing(known: Any) -> None:
    tree = explore(*known, scripted(Script()), max_depth=1, breadth=[3]).tree
    settings = EnrichParams.model_validate({**ENRICH, "examples": [12, 25]})
    work = Filling(*known, tree, settings, Ledger("enrich", io.StringIO()))
    found, more = known_so_far(work, lambda _: None)
    # 7 are missing at the root, 23 at each of its three subtasks.
    assert ([prompt.item for prompt in found], more) == ([tree.root.task_name], 9)


@pytest.mark.parametrize("provider", ["template", "recorded"])
def test_a_model_that_knows_hub_datasets_only_is_refused_with_what_to_set(provider: str) -> None:
    with pytest.raises(ParamsError) as error:
        check_can_explore("explore", "rules", ModelParams(provider=provider, model="m"))
    assert str(error.value) == (
        "params.yaml, key explore.model: expected a model that can be asked about any domain, got 'rules', whose "
        f"provider {provider} knows hub datasets only; set it to a model of llm.models with the provider openai, "
        "batch, anthropic or transformers."
    )
    check_can_explore("explore", "lab", MODEL)


def test_a_domain_has_no_model_of_its_own(tmp_path: Path) -> None:
    domain, _ = driving.read(tmp_path / "texts", more="settings: {explore: {model: other}}\n")
    with pytest.raises(InputError, match=r"domain\.yaml of texts, key settings\.explore\.model.*got 'other'"):
        settings_of(domain, "explore", ExploreParams)


def test_the_bill_counts_what_can_be_read_of_an_answer(known: Any) -> None:
    (prompt,) = explore(*known, scripted(Script()), max_depth=1).asked
    said = Script().said(tuple(message["content"] for message in prompt.messages))
    whole, cut = driving.answer(prompt, said.text), driving.answer(prompt, said.text, "length")
    assert counting(replies.subtasks, "numbered")(whole) == 8
    assert [counting(replies.examples, "numbered")(one) for one in (whole, cut)] == [16, 15]
