import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch

from stages.model import answering, coding, network, opening, predict
from stages.model.codec import END, source_ids, target_ids
from stages.model.conversation import Asked
from stages.model.holdout import is_held_out, rank
from stages.model.item import Item
from stages.model.predictions import Prediction, Said, predicted
from stages.model.spec import Prompt
from stages.model.tokenizing import IGNORED, Tokens, ask_causal, open_format, train_paired
from stages.model.trained import write_trained
from stages.shared.errors import InputError, ParamsError
from stages.shared.files import read_jsonl
from tests.model import models
from tests.model import test_train as training
from tests.model.conftest import instance, options, write_shard


def run(road: Path, benchmark: str, model: str = "tiny.yaml", out: str = "out") -> list[Prediction]:
    predict.main(
        options(
            benchmark=benchmark,
            model=road / model,
            benchmark_data=road / ("superni" if benchmark == "superni" else "dataset"),
            sources=road / "sources.yaml",
            predictions=road / out / "predictions.jsonl",
            answers=road / out / "answers.jsonl",
            dropped=road / out / "dropped.jsonl",
            metrics=road / out / "metrics.json",
        )
    )
    return list(read_jsonl(road / out / "predictions.jsonl", Prediction))


def shard(road: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(road / f"dataset/hub-{name}.parquet").to_pylist()
    return found


class Always(torch.nn.Module):
    """The last layer of a model that always writes one id."""

    def __init__(self, id: int) -> None:
        super().__init__()
        self.id = id

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        logits = torch.zeros(*states.shape[:-1], 259)
        logits[..., self.id] = 1
        return logits


def counts(road: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((road / "out/metrics.json").read_text("utf-8"))["instances"]
    return found


def test_the_first_instances_of_each_task_are_asked(road: Path) -> None:
    found = run(road, "superni")
    files = sorted((road / "superni").glob("task*.json"))
    wanted = [one["id"] for file in files for one in json.loads(file.read_text("utf-8"))["Instances"][:3]]
    assert [one.id for one in found] == wanted
    assert counts(road)["kept"] == len(wanted)


def test_a_prediction_carries_what_it_is_measured_by(road: Path) -> None:
    one = run(road, "superni")[0]
    task = json.loads(next((road / "superni").glob("task1393_*.json")).read_text("utf-8"))
    assert one.category == "cause_effect_classification"
    assert list(one.references) == task["Instances"][0]["output"]
    assert one.demonstration == task["Positive Examples"][0]["output"]
    assert one.bits is None


def test_the_same_model_gives_the_same_bytes(road: Path) -> None:
    for out in ("one", "two"):
        run(road, "holdout", out=out)
    assert (road / "one/predictions.jsonl").read_bytes() == (road / "two/predictions.jsonl").read_bytes()


def test_the_holdout_is_asked_part_by_part_lowest_hash_first(road: Path) -> None:
    found = run(road, "holdout")
    assert [one.part for one in found] == ["hub/one"] * 5 + ["hub/two"] * 5
    assert all(is_held_out(one.id, 0.2) for one in found)
    assert [rank(one.id) for one in found[:5]] == sorted(rank(one.id) for one in found[:5])
    dropped = counts(road)["dropped"]
    assert dropped["per-part-cap"] > 0
    assert dropped["benchmark-source"] > 0


def test_conversations_are_neither_asked_nor_learned_as_their_first_question_and_last_answer(road: Path) -> None:
    said = [{"role": role, "content": role, "name": "", "tool_calls": ""} for role in ("user", "assistant") * 2]
    rows = [row | {"messages": said if at % 2 else None} for at, row in enumerate(shard(road, "one"))]
    write_shard(road / "dataset", "hub/one", rows)
    talks = {row["instance_id"] for row in rows if row["messages"]}
    asked = run(road, "holdout")
    assert not talks & {one.id for one in asked}
    assert counts(road)["dropped"]["conversation"] == sum(is_held_out(id, 0.2) for id in talks) > 0
    found = training.run(road)["instances"]
    mixed = pq.read_table(road / "mix/first/train.parquet")["instance_id"].to_pylist()
    assert found["dropped"]["unfit-for-format"] == len(talks & set(mixed)) > 0


def test_a_parts_sample_stays_when_another_part_joins(road: Path) -> None:
    both = run(road, "holdout")
    (road / "dataset/hub-two.parquet").unlink()
    assert [one.id for one in run(road, "holdout")] == [one.id for one in both if one.part == "hub/one"]


def test_bits_are_those_of_the_reference_alone(road: Path) -> None:
    network.settle(1)
    model = opening.open_model(road / "tiny.yaml")
    assert model.encoding
    rows = [instance("Say it", f"{n} and more", "words " * (n % 5 + 1), "hub/one", "a:b", "t") for n in range(40)]
    write_shard(road / "dataset", "hub/one", rows)
    known = {row["instance_id"]: row for row in rows}
    for one in run(road, "holdout")[:5]:
        row = known[one.id]
        target = target_ids(model.encoding, row["output"])
        alone = network.weights(model, [Tokens(source_ids(model.encoding, "Say it", row["input"]), target, 0)])[0][0]
        assert one.bits == pytest.approx(alone, abs=1e-3)
        assert one.bytes == len(target) - (target[-1] == END)


def test_a_model_that_saw_the_holdout_is_refused(road: Path) -> None:
    held = run(road, "holdout")[3]
    network.settle(1)
    (road / "trained").mkdir()
    network.save(opening.open_model(road / "tiny.yaml"), road / "trained")
    write_trained(road / "trained", [], [("0" * 16, "t", "hub/one")])
    run(road, "holdout", "trained")
    write_trained(road / "trained", [], [(held.id, "t", "hub/one")])
    with pytest.raises(InputError, match=held.id):
        run(road, "holdout", "trained", out="refused")
    assert not (road / "refused/predictions.jsonl").exists()


def test_a_task_whose_sources_nobody_named_is_refused(road: Path) -> None:
    (road / "sources.yaml").write_text("benchmark: superni-test\ntasks: {}\n", "utf-8")
    with pytest.raises(InputError, match="task1393"):
        run(road, "superni")


def test_a_benchmark_without_instances_is_refused(road: Path, change: Callable[..., None]) -> None:
    change("benchmarks.holdout", share=0.0)
    with pytest.raises(InputError, match="at least one instance"):
        run(road, "holdout")


@pytest.mark.parametrize(
    ("values", "where"),
    [({"kind": "other"}, r"benchmarks\.superni\.kind"), ({"per_task": 0}, "superni"), ({"more": 1}, "superni")],
)
def test_impossible_params_are_refused(
    road: Path, change: Callable[..., None], values: dict[str, Any], where: str
) -> None:
    change("benchmarks.superni", **values)
    with pytest.raises(ParamsError, match=where):
        run(road, "superni")


def test_an_unknown_benchmark_is_refused(road: Path) -> None:
    with pytest.raises(ParamsError, match="nothing-of-it"):
        run(road, "nothing-of-it")


def test_a_decoder_only_model_writes_in_company_what_it_writes_alone(road: Path) -> None:
    """Each answer is that of the slow way: one id at a time, nothing beside it, no cache."""
    network.settle(1)
    found = run(road, "holdout", models.llama(road, tie_word_embeddings=False, initializer_range=0.3))
    model = opening.open_model(road / "llama.yaml")
    format = open_format("alpaca", model.tokenizer)
    rows = {row["instance_id"]: row for name in ("one", "two") for row in shard(road, name)}
    model.network.eval()
    said = set()
    for one in found:
        row = rows[one.id]
        ids = ask_causal(format, Asked(row["instruction"], row["input"], ""), 128 - 8)[0]
        new: list[int] = []
        with torch.inference_mode():
            while len(new) < 8 and (not new or new[-1] != format.end):
                new.append(int(model.network(input_ids=torch.tensor([ids + new])).logits[0, -1].argmax()))
        assert one.prediction == model.tokenizer.decode(new, skip_special_tokens=True).strip()
        said.add(one.prediction)
    assert len(said) > 1


def hits(road: Path, found: list[Prediction]) -> list[tuple[int, int]]:
    """Of each reference: its ids, and how many of them the trained model guesses, asked for one reference at a time."""
    model = opening.open_model(road / "trained")
    weighed = coding.weighing(model)
    rows = {row["instance_id"]: row for name in ("one", "two") for row in shard(road, name)}
    model.network.eval()
    counted = []
    for one in found:
        pair = weighed(Item("i", "t", rows[one.id]["instruction"], one.input, one.references))
        assert pair is not None
        with torch.inference_mode():
            guessed = model.network(input_ids=torch.tensor([pair[0].ids])).logits[0].argmax(1).tolist()
        told = [(guess, label) for guess, label in zip(guessed, pair[0].labels[1:], strict=False) if label != IGNORED]
        counted.append((len(told), sum(guess == label for guess, label in told)))
    return counted


def test_a_trained_model_is_asked_and_weighed_in_the_format_it_learned(road: Path, change: Callable[..., None]) -> None:
    change("recipes.tiny", **models.CHAT, steps=30, learning_rate=0.02)
    training.run(road, init=models.llama(road))
    alone = run(road, "holdout", "trained")
    change("predict", batch=1)
    assert [one.prediction for one in run(road, "holdout", "trained", out="again")] == [one.prediction for one in alone]
    untrained = run(road, "holdout", "llama.yaml", out="untrained")
    assert [(one.tokens, one.hits) for one in alone] == hits(road, alone)
    assert sum(one.hits or 0 for one in alone) > sum(one.hits or 0 for one in untrained)
    costs = [sum(one.bits or 0 for one in some) / sum(one.bytes or 0 for one in some) for some in (alone, untrained)]
    assert costs[0] < costs[1]


def test_bits_of_a_model_with_a_tokenizer_are_those_of_its_answer_ids(road: Path) -> None:
    network.settle(1)
    found = run(road, "holdout", models.t5(road))
    model = opening.open_model(road / "t5.yaml")
    format = open_format("tk-instruct", model.tokenizer)
    rows = {row["instance_id"]: row for name in ("one", "two") for row in shard(road, name)}
    model.network.eval()
    whole = 0
    for one in found:
        row = rows[one.id]
        pair = train_paired(format, Asked(row["instruction"], row["input"], row["output"]), 96, 24)
        if isinstance(pair, str):  # too long, so only a beginning of it was weighed
            assert one.bytes
            assert one.bytes < len(row["output"].encode())
            continue
        with torch.inference_mode():
            logits = model.network(input_ids=torch.tensor([pair.ids]), labels=torch.tensor([pair.labels])).logits[0]
        each = logits.log_softmax(1)[range(len(pair.labels)), pair.labels]
        assert one.bits == pytest.approx(-float(each.sum()) / math.log(2), rel=1e-3)
        whole += 1
    assert whole


def test_sampled_answers_are_repeatable_and_follow_from_the_seed(road: Path, change: Callable[..., None]) -> None:
    said = {}
    for name, decode in (
        ("greedy", {}), ("one", {"temperature": 1.0, "seed": 1}), ("two", {"temperature": 1.0, "seed": 2}),
        ("again", {"temperature": 1.0, "seed": 1}), ("beams", {"beams": 3}),
    ):  # fmt: skip
        change("benchmarks.superni", decode=decode)
        said[name] = [one.prediction for one in run(road, "superni", out=name)]
    assert said["one"] == said["again"]
    assert len({tuple(said[name]) for name in ("greedy", "one", "two")}) == 3
    assert len(said["beams"]) == len(said["greedy"])


def test_worked_examples_are_shown_as_far_as_they_fit(road: Path, change: Callable[..., None]) -> None:
    init = models.llama(road)
    model = opening.open_model(road / init)
    example = ("two and two", "four")
    items = [Item("i", "t", "Add.", "one and one", ("two",), examples=(example,) * number) for number in (0, 1, 2)]
    roomy = replace(model, prompt=Prompt(format="alpaca", max_length=999))
    exact = Prompt(format="alpaca", max_length=len(coding.asking(roomy, 8)(items[1])[0]) + 8)
    asked = [model.tokenizer.decode(coding.asking(replace(model, prompt=exact), 8)(one)[0]) for one in items]
    assert [text.count("two and two") for text in asked] == [0, 1, 1]
    shown = len(" Positive Example 2 -\nInput: two and two.\n Output: four.\n") + len("\n")
    assert [coding.asking(replace(model, prompt=exact), 8)(one)[1] for one in items] == [0, 0, shown]
    assert all(text.rstrip().endswith("### Response:") for text in asked)


def test_how_many_questions_were_cut_is_told(road: Path, change: Callable[..., None]) -> None:
    change("benchmarks.superni", per_task=1)
    found = run(road, "superni")
    definitions = [json.loads(file.read_text("utf-8")) for file in sorted((road / "superni").glob("task*.json"))]
    cut = sum(len(one["Definition"][0].encode()) > 28 or len(one["Instances"][0]["input"]) > 20 for one in definitions)
    told = json.loads((road / "out/metrics.json").read_text("utf-8"))["asked"]
    assert told.pop("shortened") == cut
    assert 0 < cut <= len(found)
    # A model with weights from chance hardly comes to an end; with room for one id, only an end alone is one.
    written = [len(one.prediction) for one in found]
    assert sum(size >= 8 for size in written) <= told["cut_off"] <= len(found)


@pytest.mark.parametrize(
    ("new_ids", "asked", "room"),
    [(100, 60, 100), (100, 200, 56), (512, 40, 216)],  # trained on 128 for both; the network knows 256 positions
)
def test_an_answer_has_the_ids_of_its_benchmark_as_far_as_the_model_knows_positions(
    road: Path, new_ids: int, asked: int, room: int
) -> None:
    models.llama(road)
    assert coding.answer_room(opening.open_model(road / "llama.yaml"), new_ids, asked) == room


def test_an_answer_is_cut_off_where_it_came_to_no_end(road: Path) -> None:
    model = opening.open_model(road / "tiny.yaml")
    with torch.no_grad():  # END alone, or the letter a alone, is what it writes
        for id, ended in ((END, True), (100, False)):
            model.network.lm_head = Always(id)
            ((text, found),) = network.write_until_ends(model, [[5, 6, END]], 4, [END])
            assert (text, found) == ("" if ended else "aaaa", ended)


def test_thoughts_are_no_part_of_an_answer() -> None:
    said = ["<think>\n\n</think>\n\nYes.", "Is it?\n</think> Yes.", " Yes. ", "<think> Well"]
    items = [Item(str(at), "t", "Say yes.", "", ("Yes.",)) for at in range(len(said))]
    found = predicted(items, [Said(text) for text in said])
    assert [one.prediction for one in found] == ["Yes.", "Yes.", "Yes.", "<think> Well"]


def test_a_model_of_which_nobody_said_how_it_is_asked_is_refused(road: Path) -> None:
    models.llama(road)
    (road / "llama.yaml").write_text("kind: folder\npath: llama-folder\n", "utf-8")
    with pytest.raises(InputError, match="expected a prompt"):
        run(road, "holdout", "llama.yaml")


def test_too_little_memory_is_told_with_what_to_lower(road: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(answering.network, "write_until_ends", full)
    with pytest.raises(ParamsError, match=r"predict\.batch: .*out of memory for 10 questions"):
        run(road, "holdout")
