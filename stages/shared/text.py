"""Text as every file can hold it."""

import re
from typing import Any

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def whole(value: Any) -> Any:
    """`value` with half characters (lone surrogates: JSON escapes can hold them, UTF-8 cannot) replaced by U+FFFD."""
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [whole(entry) for entry in value]
    if isinstance(value, dict):
        return {whole(key): whole(entry) for key, entry in value.items()}
    return value
