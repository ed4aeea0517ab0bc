"""Who wrote a text decides the terms it comes under."""

import pytest

from stages.shared.terms import terms_of


@pytest.mark.parametrize(
    "generator",
    [
        "recorded:gpt-3.5-turbo",
        "openai:gpt-4o-mini",
        "openai:text-davinci-003",
        "openrouter:openai/gpt-4o",
        "openai:ft:gpt-3.5-turbo-0613:us::8a",
        "azure:gpt-35-turbo",
        "openai:o3-mini",
        "batch:o1",
        "gpt-4",
        "ChatGPT",
    ],
)
def test_openai_models_bind_by_their_terms_whoever_passes_them_on(generator: str) -> None:
    assert terms_of(generator) == "openai-terms"


@pytest.mark.parametrize("generator", ["anthropic:claude-3-5-haiku-latest", "openrouter:anthropic/claude-sonnet-4"])
def test_models_of_anthropic_bind_by_theirs(generator: str) -> None:
    assert terms_of(generator) == "anthropic-terms"


@pytest.mark.parametrize(
    "generator",
    [
        *("template:rules-1", "human", "various", "", "local:Qwen/Qwen3-8B", "local:notgpt-"),
        *("ollama:gpt-oss:20b", "local:EleutherAI/gpt-j-6b", "local:gpt-neo-2.7B", "local:olmo-2", "local:openchat"),
    ],
)
def test_rules_people_and_open_models_bind_by_none(generator: str) -> None:
    assert not terms_of(generator)
