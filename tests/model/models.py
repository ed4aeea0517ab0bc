"""Models made on the spot, as folders with a description beside them: a Llama, a T5, each with a tokenizer."""

from pathlib import Path
from typing import Any

import torch
import yaml
from transformers import LlamaConfig, LlamaForCausalLM, T5Config, T5ForConditionalGeneration

from tests.model import tokenizers

CAUSAL: dict[str, Any] = {"format": "alpaca", "max_length": 128}
"""What a recipe for the Llama changes."""

CHAT: dict[str, Any] = {"format": "chat", "max_length": 128}
"""The same, by the model's own template."""

PAIRED: dict[str, Any] = {"format": "tk-instruct", "source_length": 96, "target_length": 24}
"""What a recipe for the T5 changes."""


def llama(road: Path, name: str = "llama", tokenizer: Any = None, **more: Any) -> str:
    """A Llama of two layers; returns the name of its description."""
    tokenizer = tokenizer or tokenizers.chatty()
    sizes = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "max_position_embeddings": 256,
        "tie_word_embeddings": True,
        "attention_dropout": 0.1,
    }
    torch.manual_seed(1)
    return _written(road, name, LlamaForCausalLM(LlamaConfig(**{**sizes, **more})), tokenizer, CAUSAL)


def t5(road: Path, name: str = "t5") -> str:
    """A T5 of one layer a side; returns the name of its description."""
    tokenizer = tokenizers.t5()
    torch.manual_seed(1)
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=32,
        d_kv=16,
        d_ff=48,
        num_layers=1,
        num_decoder_layers=1,
        num_heads=2,
        decoder_start_token_id=tokenizer.pad_token_id,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    return _written(road, name, T5ForConditionalGeneration(config), tokenizer, PAIRED)


def _written(road: Path, name: str, network: Any, tokenizer: Any, prompt: dict[str, Any]) -> str:
    network.save_pretrained(road / f"{name}-folder")
    tokenizer.save_pretrained(road / f"{name}-folder")
    described = {"kind": "folder", "path": f"{name}-folder", "prompt": prompt}
    (road / f"{name}.yaml").write_text(yaml.safe_dump(described), "utf-8")
    return f"{name}.yaml"
