"""Models of two small layers, made and saved where a test wants them: random weights, a token for each letter."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as Letters
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.processors import TemplateProcessing
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

PAD, START, END = 0, 1, 2
SPECIAL = ["<pad>", "<s>", "</s>"]
VOCABULARY = [
    *SPECIAL,
    *map(chr, range(33, 127)),
    "Ġ",
    "Ċ",
]  # the last two are how a space and a line's end are written
CONTEXT = 160

CHAT = (
    "{% for m in messages %}<s>{{ m['role'] }}\n{{ m['content'] }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<s>assistant\n{% endif %}"
)
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}" + CHAT


def tokenizer(template: str | None = None, form: str = "$A") -> Any:
    """A tokenizer with or without a chat template; `form`: what it adds to a text, $A."""
    letters = Tokenizer(BPE(vocab={one: at for at, one in enumerate(VOCABULARY)}, merges=[]))
    letters.pre_tokenizer = ByteLevel(add_prefix_space=False)
    letters.decoder = Letters()
    letters.post_processor = TemplateProcessing(single=form, special_tokens=[("<s>", START), ("</s>", END)])
    made = PreTrainedTokenizerFast(tokenizer_object=letters, pad_token="<pad>", bos_token="<s>", eos_token="</s>")
    made.chat_template = template
    return made


def save(network: Any, folder: Path, words: Any, ends: list[int]) -> Path:
    network.generation_config.eos_token_id = ends
    network.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def gpt2(folder: Path, template: str | None = None, ends: tuple[int, ...] = (END,)) -> Path:
    torch.manual_seed(1)
    special = {"pad_token_id": PAD, "bos_token_id": START, "eos_token_id": END}
    shape = {"n_positions": CONTEXT, "n_embd": 32, "n_layer": 2, "n_head": 2, "initializer_range": 0.6}
    network = GPT2LMHeadModel(GPT2Config(vocab_size=len(VOCABULARY), **shape, **special))
    return save(network, folder, tokenizer(template), [*ends])


def llama(folder: Path, template: str | None = None) -> Path:
    torch.manual_seed(2)
    special = {"pad_token_id": PAD, "bos_token_id": START, "eos_token_id": END}
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = LlamaConfig(
        vocab_size=len(VOCABULARY), max_position_embeddings=CONTEXT, initializer_range=0.6, **shape, **special
    )
    return save(LlamaForCausalLM(config), folder, tokenizer(template, "<s> $A"), [END])


def t5(folder: Path) -> Path:
    torch.manual_seed(3)
    special = {"pad_token_id": PAD, "eos_token_id": END, "decoder_start_token_id": PAD}
    shape = {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_heads": 2, "initializer_factor": 3.0}
    network = T5ForConditionalGeneration(T5Config(vocab_size=len(VOCABULARY), **shape, **special))
    return save(network, folder, tokenizer(form="$A </s>"), [END])
