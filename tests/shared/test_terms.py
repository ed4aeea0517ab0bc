"""Who wrote a text decides the terms it comes under."""

from stages.shared.terms import terms_of


def test_openai_models_bind_by_their_terms() -> None:
    assert terms_of("recorded:gpt-3.5-turbo") == "openai-terms"
    assert terms_of("openai:gpt-4o-mini") == "openai-terms"


def test_rules_people_and_other_models_bind_by_none() -> None:
    assert {terms_of(who) for who in ("template:rules-1", "human", "local:Qwen/Qwen3-8B", "local:notgpt-")} == {""}
