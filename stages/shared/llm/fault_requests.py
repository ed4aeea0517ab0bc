"""What a fault server reads of a request: its identity, its messages and its limits, in both API forms.

The digest of a body is taken from canonical JSON (keys sorted, no blanks), so the same body has the same digest
whether it came over a call or as a line of a batch, in whatever order its keys stood.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

DIGEST_LENGTH = 16
TOKENS_PER_MESSAGE = 4
BYTES_PER_TOKEN = 4

SCHEMA_KEYS = ("response_format", "output_config", "output_format")
"""The keys with which a request asks for structured output, in the Chat and in the Messages form."""


class BadRequestError(Exception):
    """A request that neither API would take; `param` is the key at fault, if one is."""

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.message, self.param = message, param


@dataclass(frozen=True)
class Asked:
    """A request that can be answered.

    digest: of the body. messages_digest: of the canonical messages. texts: the content of each message.
    limit: the most output tokens it wants, None where it names no limit. schema: the key that asks for structured
    output, None where there is none.
    """

    digest: str
    messages_digest: str
    model: str
    texts: tuple[str, ...]
    limit: int | None
    schema: str | None

    @property
    def input_tokens(self) -> int:
        """A quarter of the UTF-8 bytes of all contents, rounded up, and four for each message."""
        size = sum(len(text.encode("utf-8", "surrogatepass")) for text in self.texts)
        return -(-size // BYTES_PER_TOKEN) + TOKENS_PER_MESSAGE * len(self.texts)


def digest(value: Any) -> str:
    """The first 16 hex digits of the SHA-256 of `value` as canonical JSON."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:DIGEST_LENGTH]


def chance(*key: object) -> float:
    """A number in [0, 1) that follows from `key` alone."""
    drawn = hashlib.sha256("/".join(map(str, key)).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(drawn[:7], "big") / 256**7


def parsed(data: bytes) -> Asked:
    """Read a request body; raise BadRequestError where it is no JSON object with messages and a model."""
    try:
        body = json.loads(data)
    except ValueError as error:
        raise BadRequestError("The body is not JSON.") from error
    return asked(body)


def asked(body: Any) -> Asked:
    """Read a request; raise BadRequestError where it is no object with messages and a model."""
    if not isinstance(body, dict):
        raise BadRequestError("The body is no JSON object.")
    if not isinstance(body.get("model"), str):
        raise BadRequestError("A model must be named.", "model")
    if body.get("stream"):
        raise BadRequestError("This server does not stream.", "stream")
    if body.get("n") not in (None, 1):
        raise BadRequestError("This server gives one choice a request.", "n")
    messages = _messages(body)
    return Asked(
        digest=digest(body),
        messages_digest=digest(messages),
        model=body["model"],
        texts=tuple(message["content"] for message in messages),
        limit=_limit(body),
        schema=next((key for key in SCHEMA_KEYS if body.get(key) is not None), None),
    )


def _messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages with their contents as plain text; a `system` text comes as a first message."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequestError("There must be at least one message.", "messages")
    system = [{"role": "system", "content": body["system"]}] if body.get("system") else []
    found = []
    for message in [*system, *messages]:
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise BadRequestError("A message is an object with role and content.", "messages")
        found.append({**message, "content": _text(message.get("content"))})
    return found


def _text(content: Any) -> str:
    """The text of a content: a string, null, or a list of blocks of which those of text count."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list) and all(isinstance(block, dict) for block in content):
        return "".join(block["text"] for block in content if isinstance(block.get("text"), str))
    raise BadRequestError("A content is a text or a list of blocks.", "messages")


def _limit(body: dict[str, Any]) -> int | None:
    for key in ("max_completion_tokens", "max_tokens"):
        limit = body.get(key)
        if limit is None:
            continue
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
            raise BadRequestError(f"{key} must be a whole number of at least 1.", key)
        return limit
    return None
