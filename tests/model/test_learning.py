"""One loop for every kind of model, and what is refused."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from peft import PeftModel
from safetensors.torch import load_file
from transformers import LlamaForCausalLM

from stages.model import coding, learning, network, opening
from stages.model.spec import Prompt
from stages.model.tokenizing import IGNORED, Tokens
from stages.shared.errors import InputError, ParamsError
from tests.model import models, tokenizers
from tests.model.test_train import contents, run

Change = Callable[..., None]


def weights(road: Path, model: str) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = load_file(road / model / "model.safetensors")
    return found


def moved(road: Path, one: str, two: str) -> float:
    """The largest difference between two models' weights."""
    first, second = weights(road, one), weights(road, two)
    assert first.keys() == second.keys()
    return max(float((first[name] - second[name]).abs().max()) for name in first)


def test_a_decoder_only_model_learns_in_its_own_words_and_says_how_it_is_asked(road: Path, change: Change) -> None:
    change("recipes.tiny", **models.CHAT, packing=True, steps=30, log_every=10, learning_rate=0.01)
    curve = run(road, init=models.llama(road))["training"]["curve"]
    assert curve[-1]["train"] < curve[0]["train"] - 0.3
    assert opening.open_model(road / "trained").prompt == Prompt(format="chat", max_length=128)


def test_an_encoder_decoder_learns_by_tk_instruct_and_goes_on(road: Path, change: Change) -> None:
    change("recipes.tiny", **models.PAIRED, steps=20, log_every=10, learning_rate=0.01)
    curve = run(road, init=models.t5(road))["training"]["curve"]
    assert curve[-1]["train"] < curve[0]["train"] - 0.3
    again = run(road, "second", "trained", "again")["training"]
    assert again["curve"][0]["train"] < curve[0]["train"] - 0.3


def test_packed_learns_what_padded_learns_in_whatever_turns(road: Path, change: Change) -> None:
    init = models.llama(road, attention_dropout=0.0)
    change("recipes.tiny", **models.CAUSAL, clip=None)
    padded = run(road, init=init, model="padded")
    change("recipes.tiny", packing=True)
    packed = run(road, init=init, model="packed")
    change("recipes.tiny", packing=False, micro_batch=3, gradient_checkpointing=True)
    turns = run(road, init=init, model="turns")
    for other in (packed, turns):
        assert other["instances"] == padded["instances"]
        for mine, theirs in zip(other["training"]["curve"], padded["training"]["curve"], strict=True):
            assert mine["train"] == pytest.approx(theirs["train"], abs=2e-3)
            assert mine["validation"] == pytest.approx(theirs["validation"], abs=2e-3)
    assert moved(road, "padded", "packed") < 2e-3 > moved(road, "padded", "turns")
    assert moved(road, "padded", "llama-folder") > 5e-3


def test_adapters_are_merged_into_a_folder_like_any_other(road: Path, change: Change) -> None:
    lora = {"r": 4, "alpha": 8, "dropout": 0.1, "targets": ["q_proj", "v_proj"]}
    change("recipes.tiny", **models.CAUSAL, lora=lora, learning_rate=0.05)
    run(road, init=models.llama(road))
    before, after = weights(road, "llama-folder"), weights(road, "trained")
    assert {name for name in before if not torch.equal(before[name], after[name])} == {
        f"model.layers.{layer}.self_attn.{part}_proj.weight" for layer in (0, 1) for part in "qv"
    }
    assert not list((road / "trained").glob("adapter_*"))
    # What was learned has no more ranks than the adapters.
    name = "model.layers.0.self_attn.q_proj.weight"
    assert int(torch.linalg.matrix_rank(after[name] - before[name], rtol=1e-4)) <= 4
    # The adapters are there alone too, and on the base they make the same model.
    base = LlamaForCausalLM.from_pretrained(road / "llama-folder")
    alone: Any = PeftModel.from_pretrained(base, road / "trained/adapters")
    assert torch.allclose(alone.merge_and_unload().state_dict()[name], after[name], atol=1e-6)
    assert str(road) not in (road / "trained/adapters/adapter_config.json").read_text("utf-8")


def test_what_a_recipe_cannot_hold_is_dropped_with_its_reason_and_what_is_cut_is_counted(
    road: Path, change: Change
) -> None:
    change("recipes.tiny", **{**models.CAUSAL, "max_length": 110}, epochs=1, steps=None, passes=None)
    found = run(road, init=models.llama(road))
    assert found["instances"]["dropped"].keys() == {"too-long"}
    assert found["instances"]["kept"] > 0 < found["training"]["shortened"]


def test_what_a_model_over_bytes_has_no_room_for_is_counted(road: Path) -> None:
    write = coding.learned(
        opening.open_model(road / "tiny.yaml")
    )  # 48 bytes of source, 28 of instruction, 16 of target

    def left_out(instruction: str, input: str, output: str) -> int:
        found = write({"instruction": instruction, "input": input, "output": output, "messages": None})
        assert isinstance(found, Tokens)
        return found.left_out

    assert left_out("Say yes.", "ä" * 19, "a" * 16) == 0  # 8, a line break, 38 and the end mark
    assert left_out("Say yes.", "ä" * 20, "a" * 16) == 1
    assert left_out("i" * 30, "", "a" * 17) == 2 + 1
    assert run(road)["training"]["shortened"] == 55  # each of these real instances is longer than that


def test_a_run_whose_every_answer_is_too_long_is_refused(road: Path, change: Change) -> None:
    change("recipes.tiny", **{**models.CAUSAL, "max_length": 2})
    with pytest.raises(InputError, match=r"recipe can hold, got none \(too-long\)"):
        run(road, init=models.llama(road))


@pytest.mark.parametrize(
    ("changes", "init", "said"),
    [
        (models.PAIRED, "llama", "recipe for a decoder-only model, got one for an encoder-decoder"),
        (models.CAUSAL, "t5", "recipe for an encoder-decoder, got one for a decoder-only model"),
        (models.CAUSAL, "tiny", "recipe for a model over bytes"),
        ({}, "llama", "recipe for a decoder-only model, got one for a model over bytes"),
    ],
)
def test_a_recipe_for_another_kind_of_model_is_refused(
    road: Path, change: Change, changes: dict[str, Any], init: str, said: str
) -> None:
    change("recipes.tiny", **changes)
    made = {"llama": models.llama, "t5": models.t5, "tiny": lambda _: "tiny.yaml"}[init](road)
    with pytest.raises(ParamsError, match=said):
        run(road, init=made)


def test_a_loss_that_is_no_number_is_told_with_its_step_and_rows(road: Path, change: Change) -> None:
    change("recipes.tiny", **models.CAUSAL, learning_rate=1e30, clip=None)
    said = r"recipes\.tiny: expected a loss that is a number, got nan at step \d of 5, on \d instances from [0-9a-f]+"
    with pytest.raises(ParamsError, match=said):
        run(road, init=models.llama(road))
    assert not (road / "trained").exists()


def full(*_: Any) -> Any:
    """What a GPU says when its memory is full."""
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "lower micro_batch, or switch gradient_checkpointing on"),
        (
            {**models.CAUSAL, "micro_batch": 1, "gradient_checkpointing": True},
            "lower max_length, or train with lora",
        ),
    ],
)
def test_too_little_memory_is_told_with_what_to_lower(
    road: Path, change: Change, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], said: str
) -> None:
    change("recipes.tiny", **changes)
    monkeypatch.setattr(learning, "nats", full)
    with pytest.raises(ParamsError, match=rf"recipes\.tiny\.micro_batch: .*out of memory at step 1 with .*; {said}\."):
        run(road, init=models.llama(road) if changes else "tiny.yaml")


def test_memory_that_is_full_when_validation_begins_is_told_too(
    road: Path, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    change("recipes.tiny", steps=1, log_every=1)
    nats = learning.nats
    monkeypatch.setattr(learning, "nats", lambda *given: nats(*given) if torch.is_grad_enabled() else full())
    with pytest.raises(ParamsError, match="out of memory at validation with 8 rows at a time; lower micro_batch"):
        run(road)


def test_a_tokenizer_without_a_template_is_refused(road: Path, change: Change) -> None:
    change("recipes.tiny", **models.CHAT)
    with pytest.raises(InputError, match="tokenizer with a chat template"):
        run(road, init=models.llama(road, tokenizer=tokenizers.gpt()))


def test_adapters_beside_layers_that_are_not_there_are_refused(road: Path, change: Change) -> None:
    lora = {"r": 4, "alpha": 8, "dropout": 0.0, "targets": ["query"]}
    change("recipes.tiny", **models.CAUSAL, lora=lora)
    with pytest.raises(ParamsError, match=r"lora\.targets: expected layers of the model, got query"):
        run(road, init=models.llama(road))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_fp16_without_a_gpu_is_refused(road: Path, change: Change) -> None:
    change("recipes.tiny", precision="fp16")
    with pytest.raises(ParamsError, match="a GPU for fp16"):
        run(road)


def test_a_model_that_is_not_there_or_not_whole_is_refused(road: Path, change: Change) -> None:
    change("recipes.tiny", **models.CAUSAL)
    init = models.llama(road)
    folder = road / "llama-folder"
    whole = contents(folder)
    (road / "none.yaml").write_text(yaml.safe_dump({"kind": "folder", "path": "nowhere"}), "utf-8")
    with pytest.raises(InputError, match=r"none\.yaml: expected the folder of a model, got no folder nowhere"):
        run(road, init="none.yaml")
    for name, content in {
        "config.json": b'{"model_type": "unheard-of"}',
        "model.safetensors": whole["model.safetensors"][:1000],
        "tokenizer.json": b"{",
    }.items():
        (folder / name).write_bytes(content)
        with pytest.raises(InputError, match=r"llama\.yaml: expected a model with its tokenizer"):
            run(road, init=init)
        (folder / name).write_bytes(whole[name])
    torch.save({"model.embed_tokens.weight": torch.zeros(2)}, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(InputError, match="safetensors"):
        run(road, init=init)


def test_a_model_of_the_hub_is_the_commit_that_its_description_names(
    road: Path, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the hub's own cache, since no test asks other hosts."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(road / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    change("recipes.tiny", **models.CAUSAL)
    models.llama(road)
    commit, other = "0123456789abcdef" * 2 + "01234567", "f" * 40
    snapshot = road / "hub/models--org--llama/snapshots" / commit
    snapshot.parent.mkdir(parents=True)
    (road / "llama-folder").rename(snapshot)
    for revision in (commit, other):
        described = {"kind": "hub", "id": "org/llama", "revision": revision}
        (road / "hub.yaml").write_text(yaml.safe_dump(described), "utf-8")
        if revision == commit:
            assert run(road, init="hub.yaml")["training"]["parameters"] > 1000
            continue
        with pytest.raises(InputError, match=r"hub\.yaml: expected a model with its tokenizer"):
            run(road, init="hub.yaml")


def test_a_tokenizer_with_more_tokens_than_the_model_is_refused(road: Path, change: Change) -> None:
    change("recipes.tiny", **models.CAUSAL)
    with pytest.raises(InputError, match=r"a tokenizer of .* tokens and weights for 700"):
        run(road, init=models.llama(road, vocab_size=700))


def test_code_that_comes_with_a_model_is_not_run(road: Path, change: Change) -> None:
    change("recipes.tiny", **models.CAUSAL)
    init = models.llama(road)
    folder = road / "llama-folder"
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"}}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    (folder / "own.py").write_text(f"open({str(road / 'ran')!r}, 'w')", "utf-8")
    with pytest.raises(InputError, match="expected a model with its tokenizer"):
        run(road, init=init)
    assert not (road / "ran").exists()


def test_a_step_is_worth_the_same_whatever_the_padding(road: Path) -> None:
    """The loss of a row is that of its labels one by one, told by what stands before them."""
    network.settle(1)
    model = opening.open_model(road / models.llama(road))
    one = Tokens([9, 8, 7, 6], [IGNORED, IGNORED, 7, 6], 0)
    model.network.eval()
    with torch.inference_mode():
        expected = 0.0
        for place in (2, 3):
            logits = model.network(input_ids=torch.tensor([one.ids[:place]])).logits[0, -1]
            expected -= float(logits.log_softmax(0)[one.ids[place]])
    longer = Tokens(list(range(20, 40)), list(range(20, 40)), 0)
    assert network.weights(model, [one, longer])[0][0] == pytest.approx(expected / math.log(2), rel=1e-4)
