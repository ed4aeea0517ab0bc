"""Vectors are kept and asked for once; a real sentence model gives the averages that it should."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer, ByT5Tokenizer, T5Config, T5Model

from stages.model import embed, sentences
from stages.model.embed import Embedder, fingerprint, task_vectors
from stages.shared.errors import InputError, ModelError
from tests.model.sentence_model import MINILM

LEXICAL = Embedder(model="lexical", revision=None)
REAL = Embedder(model=str(MINILM), revision=None)
TEXTS = ["Write a poem about the sea.", "Is it so?", "Add the numbers.", "Is it so?", ""]

Asked = list[list[str]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """The texts that a model is asked for, call by call; it answers with a vector of each text's length."""
    calls: Asked = []

    def answer(texts: Sequence[str], model: str, revision: str | None) -> Any:
        calls.append(list(texts))
        return np.array([[1, 0] if len(text) % 2 else [0, 1] for text in texts], np.float32)

    monkeypatch.setattr(sentences, "sentence_vectors", answer)
    return calls


def test_the_same_texts_are_embedded_once(asked: Asked, tmp_path: Path) -> None:
    first, again = (embed.embed(TEXTS, REAL, tmp_path) for _ in range(2))
    assert asked == [sorted(set(TEXTS))]
    assert first.tobytes() == again.tobytes()
    assert [tuple(row) for row in first] == [(1, 0) if len(text) % 2 else (0, 1) for text in TEXTS]


def test_only_texts_that_are_new_are_embedded(asked: Asked, tmp_path: Path) -> None:
    embed.embed(TEXTS, REAL, tmp_path)
    embed.embed([*TEXTS, "new"], REAL, tmp_path)
    assert asked[1:] == [["new"]]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_kept_file_does_not_tell_in_which_order_its_texts_came(asked: Asked, tmp_path: Path) -> None:
    embed.embed(TEXTS, REAL, tmp_path / "at once")
    for text in TEXTS:
        embed.embed([text], REAL, tmp_path / "one by one")
    (once,), (each,) = ((tmp_path / name).iterdir() for name in ("at once", "one by one"))
    assert once.read_bytes() == each.read_bytes()


def test_what_was_embedded_before_a_fault_is_kept(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed, "STEP", 2)
    answer = sentences.sentence_vectors

    def fails_at_the_second(*given: Any) -> Any:
        if len(asked) == 1:
            raise KeyboardInterrupt
        return answer(*given)

    monkeypatch.setattr(sentences, "sentence_vectors", fails_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        embed.embed(TEXTS, REAL, tmp_path)
    monkeypatch.setattr(sentences, "sentence_vectors", answer)
    embed.embed(TEXTS, REAL, tmp_path)
    assert asked == [["", "Add the numbers."], ["Is it so?", "Write a poem about the sea."]]


def test_other_embedders_have_other_files_and_lexical_one_for_each_set_of_texts(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}", "utf-8")
    local = Embedder(model=str(folder), revision=None)
    on_hub = [Embedder(model="owner/name", revision=digit * 40) for digit in "01"]
    found = [fingerprint(one, ["a"]) for one in (LEXICAL, local, *on_hub)] + [fingerprint(LEXICAL, ["b"])]
    (folder / "config.json").write_text('{"changed": true}', "utf-8")
    found.append(fingerprint(local, ["a"]))
    assert len(set(found)) == 6
    assert fingerprint(on_hub[0], ["a"]) == fingerprint(on_hub[0], ["b"])


def test_lexical_vectors_are_kept_in_the_order_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = embed.embed(TEXTS, LEXICAL, tmp_path)
    monkeypatch.setattr("stages.shared.lexical.lexical_vectors", lambda _: pytest.fail("embedded again"))
    assert embed.embed(TEXTS[::-1], LEXICAL, tmp_path).tobytes() == first[::-1].tobytes()


def test_no_texts_need_no_embedder(tmp_path: Path) -> None:
    assert embed.embed([], Embedder(model="nowhere", revision=None), tmp_path).shape == (0, 0)
    assert task_vectors({}, LEXICAL, tmp_path) == {}


def test_a_task_is_the_mean_of_its_texts(asked: Asked, tmp_path: Path) -> None:
    # "1" and "333" have odd lengths, so (1, 0) each; "22" is (0, 1). Means: (2/3, 1/3), of length sqrt(5) / 3.
    found = task_vectors({"t": ["1", "22", "333"], "u": ["22"]}, REAL, tmp_path)
    assert found["t"] == pytest.approx([2 / 5**0.5, 1 / 5**0.5])
    assert found["u"] == pytest.approx([0, 1])


@pytest.mark.parametrize("spoil", [lambda file: file.write_bytes(b"PAR1"), lambda file: file.write_bytes(b"")])
def test_a_damaged_file_is_named(asked: Asked, tmp_path: Path, spoil: Callable[[Path], Any]) -> None:
    embed.embed(TEXTS, REAL, tmp_path)
    (file,) = tmp_path.iterdir()
    spoil(file)
    with pytest.raises(InputError, match=r"expected kept vectors.*remove it"):
        embed.embed(TEXTS, REAL, tmp_path)


def test_a_model_that_is_no_folder_needs_a_commit(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"embedder owner/name: expected .*no such folder and no revision"):
        embed.embed(TEXTS, Embedder(model="owner/name", revision=None), tmp_path)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match=r"empty: expected a sentence-embedding model"):
        embed.embed(TEXTS, Embedder(model=str(tmp_path / "empty"), revision=None), tmp_path / "kept")


def test_a_model_that_lacks_weights_is_refused_and_no_chance_takes_their_place(tmp_path: Path) -> None:
    network: Any = AutoModel.from_pretrained(MINILM)
    state = {name: weight for name, weight in network.state_dict().items() if "layer.3.attention" not in name}
    shutil.copytree(MINILM, tmp_path / "model", ignore=shutil.ignore_patterns("*.safetensors", "*.bin"))
    network.save_pretrained(tmp_path / "model", state_dict=state)
    with pytest.raises(ModelError, match=r"weights that lack encoder\.layer\.3\.attention"):
        embed.embed(TEXTS, Embedder(model=str(tmp_path / "model"), revision=None), tmp_path / "kept")


def alone(text: str, tokenizer: Any, encoder: Any) -> Any:
    """The average over a text's tokens, read by itself, so with nothing filled up."""
    ids = tokenizer(text)["input_ids"]
    with torch.inference_mode():
        states = encoder(input_ids=torch.tensor([ids])).last_hidden_state[0].numpy()
    mean = sum(states[1:], states[0]) / len(ids)
    return mean / np.linalg.norm(mean)


def test_a_real_sentence_model_averages_each_text_as_if_it_were_alone_and_cuts_what_is_too_long(tmp_path: Path) -> None:
    long = "word " * 600
    *found, cut, cut_too = embed.embed([*TEXTS, long, long + "more"], REAL, tmp_path)
    assert len(found[0]) == 384
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-6)
    tokenizer: Any = AutoTokenizer.from_pretrained(MINILM)
    network: Any = AutoModel.from_pretrained(MINILM, dtype=torch.float32)
    for text, row in zip(TEXTS, found, strict=True):
        assert row == pytest.approx(alone(text, tokenizer, network), abs=1e-5)
    assert cut.tobytes() == cut_too.tobytes()


def test_of_an_encoder_decoder_the_encoder_is_averaged(tmp_path: Path) -> None:
    settings: Any = T5Config(vocab_size=384, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
    network: Any = T5Model(settings).eval()
    network.save_pretrained(tmp_path / "model")
    tokenizer: Any = ByT5Tokenizer()
    tokenizer.save_pretrained(tmp_path / "model")
    found = embed.embed(TEXTS, Embedder(model=str(tmp_path / "model"), revision=None), tmp_path / "kept")
    for text, row in zip(TEXTS, found, strict=True):
        assert row == pytest.approx(alone(text, tokenizer, network.get_encoder()), abs=1e-5)
