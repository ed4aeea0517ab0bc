"""The section `clean` that the tests of the corpus route stand on, and what a candidate is judged by."""

from typing import Any

from stages.corpus.candidate import Candidate
from stages.corpus.forms import Chat, Found, Message, Role
from stages.corpus.policies import CleanParams, Policies

CLEAN: dict[str, Any] = {
    "longest_text": 20000,
    "shortest_chat": 16,
    "html": "answers",
    "citation_marks": ["dolly"],
    "tool_calls": "keep",
    "refusals": "keep",
    "boilerplate": "keep",
    "toxic": "keep",
    "wrong_lists": "drop",
    "repeated_opening": "drop",
    "blocked_words": ["openai", "chatgpt"],
    "digit_run": 9,
    "languages": "all",
    "skip_languages": [],
    "language_detection": "missing",
    "split": {"limit": 2048, "per_turn": 6, "tokenizer": None, "bytes_per_token": 4, "over_limit": "keep"},
    "diversity": {"least": 0.5, "fewest": 200, "sample": 1000},
}


def policies(language: str = "en", format: str = "sharegpt", **changes: Any) -> Policies:
    return Policies(CleanParams.model_validate({**CLEAN, **changes}), format, language)


def candidate(found: Found, language: str = "en", **changes: Any) -> Candidate:
    return Candidate(found, policies(language, **changes))


def chat(*texts: str, first: Role = "user") -> Chat:
    """A conversation whose turns alternate."""
    other: Role = "user" if first == "assistant" else "assistant"
    return Chat(tuple(Message(first if n % 2 == 0 else other, text) for n, text in enumerate(texts)))
