"""Rows that stand in for data: what a dataset's maker wrote to see whether the files load.

Real rows may hold any of these words, so only the longest text of a row is asked, and it must be a placeholder from
its first word on (the wordings below) or as a whole. The wordings are those of real hub datasets.
"""

import re
from collections.abc import Iterator, Mapping

_KIND = r"(?:test|sample|dummy|example|fake)"
_NOUN = (
    r"(?:abstract|answer|article|comment|context|data|description|doc|document|file|line|message|paragraph|passage"
    r"|question|row|sentence|source|summary|target|text|title)"
)
_OPENINGS = re.compile(
    rf"""
      (?:this\ is|is\ this|just)\ (?:a|an|the|another|yet\ another)(?:\ second|\ third)?\ {_KIND}\ {_NOUN}\b
    | t?his\ is\ (?:the\ )?text\ (?:of|for|from)\ (?:a\ dummy|the\ first\ example|example)\b
    | here\ is\ a\ bit\ of\ context\b
    | lorem\ ipsum\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WHOLES = re.compile(
    rf"""
      (?:this\ is\ (?:a|the)\ )?(?:test|dummy)
    | (?:a\ |an\ )?{_KIND}\ {_NOUN}
    | (?:(?:some|input|output|train|dev|translated)[ -]{_NOUN}(?:\ train|\ val)?(?:\ another\ line)?)
    | (?:{_NOUN}\ goes\ here)
    | (?:hello|goodbye)\ world
    | what\ is\ the\ answer
    """,
    re.IGNORECASE | re.VERBOSE,
)
_TAG = re.compile(r"<[^<>]*>")

_LOREM = """
    a ac accumsan adipiscing aenean aliquam aliquet amet ante arcu at auctor augue bibendum blandit commodo
    condimentum congue consectetur consequat convallis cras curabitur cursus dapibus diam dictum dignissim dolor
    donec dui duis efficitur egestas eget eleifend elementum elit enim erat eros est et eu euismod ex facilisis
    faucibus felis fermentum feugiat finibus fringilla fusce gravida hendrerit iaculis id imperdiet in integer
    interdum ipsum justo lacinia lacus laoreet lectus leo libero ligula lobortis lorem luctus maecenas magna
    malesuada massa mattis mauris maximus metus mi molestie mollis morbi nam nec neque nibh nisi nisl non nulla
    nullam nunc odio orci ornare pellentesque pharetra phasellus placerat porta porttitor posuere praesent pretium
    proin pulvinar purus quam quis rhoncus risus rutrum sagittis sapien scelerisque sed sem semper sit sodales
    sollicitudin suscipit suspendisse tellus tempor tempus tincidunt tortor tristique turpis ullamcorper ultrices
    ultricies urna ut varius vehicula vel velit venenatis vestibulum vitae vivamus viverra volutpat vulputate
"""
LOREM = frozenset(_LOREM.split())
"""The words of the printers' filler text."""


def is_placeholder(row: Mapping[str, object]) -> bool:
    """Whether a row stands in for data.

    Every text is the name of its field, two say `some <name of the field>`, or the longest text is a placeholder.
    """
    named = list(_texts(row, ""))
    if len(named) > 1 and all(text == name for name, text in named):
        return True
    if sum(text.rstrip(" .").casefold() == f"some {name}".casefold() for name, text in named) > 1:
        return True
    longest = max((len(text) for _, text in named), default=0)
    return any(is_placeholder_text(text) for _, text in named if len(text) == longest)


def is_placeholder_text(text: str) -> bool:
    """Whether a text opens like a placeholder, is one as a whole, or is filler text of three words or more."""
    plain = " ".join(_TAG.sub(" ", text[:2000]).split())
    if _OPENINGS.match(plain) or _WHOLES.fullmatch(plain.rstrip(" .!?0123456789")):
        return True
    words = re.findall(r"\w+", plain.casefold())
    return len(words) >= 3 and LOREM.issuperset(words)


def _texts(value: object, name: str) -> Iterator[tuple[str, str]]:
    """Every text in a value with the name of the field that holds it."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _texts(entry, str(key))
    elif isinstance(value, list):
        for entry in value:
            yield from _texts(entry, name)
