"""Models made from sizes, or loaded from a folder or the hub: safetensors only, and no code of a model is run."""

from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from transformers import T5Config, T5ForConditionalGeneration

from stages.model.codec import END, PAD, VOCABULARY, Encoding
from stages.model.network import ENCODING_FILE, Model
from stages.model.spec import PROMPT_FILE, Configuration, Folder, Prompt, read_spec
from stages.shared import networks
from stages.shared.errors import InputError
from stages.shared.files import explain, read_json

MAKE_AGAIN = "run `dvc repro train`, which makes it again"


def open_model(path: Path, half: bool = False) -> Model:
    """Make or load a model from its description (a YAML file), or load a trained one (a folder).

    half: weights of 16 bits (bfloat16) in place of 32. Raises InputError where there is none that is safe and whole.
    """
    dtype = torch.bfloat16 if half else torch.float32
    if path.is_dir():
        return _trained(path, dtype)
    spec = read_spec(path)
    if isinstance(spec, Configuration):
        return _made(spec)
    place, revision = (spec.path, None) if isinstance(spec, Folder) else (spec.id, spec.revision)
    if isinstance(spec, Folder) and not Path(spec.path).is_dir():
        raise InputError(
            "the folder of a model", f"no folder {spec.path}", str(path), "correct `path`, or put it there"
        )
    network, tokenizer = _loaded(place, revision, dtype, str(path), "correct the description, or fetch the model whole")
    return Model(network, tokenizer, prompt=spec.prompt)


def open_to_ask(path: Path) -> Model:
    """A model where it answers fastest: on a GPU, with weights of 16 bits, where there is one."""
    gpu = torch.cuda.is_available()
    model = open_model(path, half=gpu)
    model.network.to("cuda" if gpu else "cpu")
    return model


def origins(path: Path) -> list[Path]:
    """What decides a model: its description or folder, and the folder that a description names."""
    spec = None if path.is_dir() else read_spec(path)
    return [path, Path(spec.path)] if isinstance(spec, Folder) else [path]


def _made(spec: Configuration) -> Model:
    settings: dict[str, Any] = spec.t5.model_dump() | {
        "vocab_size": VOCABULARY,
        "pad_token_id": PAD,
        "eos_token_id": END,
        "decoder_start_token_id": PAD,
        "tie_word_embeddings": True,
        # The position bias keeps torch's fused kernel away; written out, attention is faster.
        "attn_implementation": "eager",
    }
    with torch.random.fork_rng():
        torch.manual_seed(spec.seed)
        network = T5ForConditionalGeneration(T5Config(**settings))
    _prefer_near(network)
    return Model(network, encoding=spec.encoding)


def _prefer_near(network: Any) -> None:
    """Let attention start out preferring what is near, each head half as much as the one before.

    Among bytes the neighbours say most; a model that has to find that out first wastes a good part of a short
    training (measured: 3.8 bits a byte after 200 steps without this, 3.5 with it).
    """
    with torch.no_grad():
        for stack, sides in ((network.encoder, 2), (network.decoder, 1)):
            bias = stack.block[0].layer[0].SelfAttention.relative_attention_bias.weight
            buckets, heads = bias.shape
            distance = torch.arange(buckets) % (buckets // sides)
            slope = 2.0 ** -torch.arange(heads)
            bias.copy_(-distance[:, None] * slope[None, :])


def _trained(folder: Path, dtype: torch.dtype) -> Model:
    """A model that train wrote; what lies beside its weights says of which kind it is."""
    try:
        if (folder / ENCODING_FILE).exists():
            encoding = Encoding.model_validate(read_json(folder / ENCODING_FILE))
            network = T5ForConditionalGeneration.from_pretrained(
                folder, local_files_only=True, attn_implementation="eager", dtype=dtype, use_safetensors=True
            )
            return Model(network, encoding=encoding)
        if not (folder / PROMPT_FILE).exists():
            raise InputError("a trained model", f"no {ENCODING_FILE} or {PROMPT_FILE}", str(folder), MAKE_AGAIN)
        prompt = Prompt.model_validate(read_json(folder / PROMPT_FILE))
    except ValidationError as error:
        raise InputError("an encoding or a prompt", explain(error), str(folder), MAKE_AGAIN) from error
    except networks.FAULTS as error:
        raise InputError("a trained model", networks.first_sentence(error), str(folder), MAKE_AGAIN) from error
    loaded, tokenizer = _loaded(str(folder), None, dtype, str(folder), MAKE_AGAIN)
    return Model(loaded, tokenizer, prompt=prompt)


def _loaded(place: str, revision: str | None, dtype: torch.dtype, where: str, remedy: str) -> tuple[Any, Any]:
    """A network and its tokenizer; raise InputError where they can't be used."""
    found = networks.load(place, revision, dtype, "text")
    if isinstance(found, str):
        raise InputError("a model with its tokenizer, its weights as safetensors", f"{place}: {found}", where, remedy)
    return found
