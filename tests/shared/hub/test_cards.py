from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.shared.hub import cards
from stages.shared.hub.seam import REASONS, UnreadableError

CARD = """---
language: [no]
license: mit
configs:
- config_name: 1.10
---
# Dataset Card

## Table of Contents
- [Dataset Summary](#dataset-summary)

### Dataset **Summary**:

Two *lists*.

```python
# Data Fields
```

#### default

Inside.

Supported Tasks
---------------

[More Information Needed](https://example.org)

> ### Data Fields
> quoted

### data fields ###

- `text`: a `string`.
"""


def reason(readme: str) -> str:
    with pytest.raises(UnreadableError) as caught:
        cards.header(readme, "here")
    return caught.value.reason


def test_a_section_ends_at_the_next_heading_of_its_level_or_above() -> None:
    found = cards.sections(CARD)
    text = cards.section(found, "Dataset Summary")
    assert text == "Two *lists*.\n\n```python\n# Data Fields\n```\n\n#### default\n\nInside."


def test_headings_match_without_case_and_markup_and_not_in_quotes_or_code() -> None:
    assert cards.section(cards.sections(CARD), "Data Fields") == "- `text`: a `string`."


def test_a_heading_may_be_underlined() -> None:
    assert [entry.title for entry in cards.sections(CARD) if entry.level == 2] == [
        "Table of Contents",
        "Supported Tasks",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[More Information Needed]",
        "[More Information Needed](https://github.com/huggingface/datasets/blob/master/CONTRIBUTING.md#how-to)",
        "[Needs More Information]",
        "[MORE INFORMATION NEEDED]",
        "More Information Needed.",
        "#### default\n\n[More Information Needed]\n\n#### other\n\n- [More Information Needed]",
    ],
)
def test_a_section_that_only_asks_for_more_information_is_empty(text: str) -> None:
    assert cards.is_empty(text)


def test_a_section_that_says_something_beside_asking_for_more_is_not_empty() -> None:
    assert not cards.is_empty("[More Information Needed] because the paper is not yet published.")


def test_scalars_of_the_header_stay_the_text_that_was_written() -> None:
    header = cards.header(CARD, "here")
    assert cards.values(header, "language", "x") == ("no",)
    assert header["configs"] == [{"config_name": "1.10"}]


@pytest.mark.parametrize(
    ("yaml", "config", "expected"),
    [
        ("license: mit", "x", ("mit",)),
        ("license: [mit, apache-2.0, mit]", "x", ("mit", "apache-2.0")),
        ("license:\n  x: [mit]\n  y: [other]", "x", ("mit",)),
        ("license:\n  x: mit\n  y: [other]", "z", ("mit", "other")),
        ("license:\n- x: mit", "z", ("mit",)),
        ("license:", "x", ()),
        ("license: []", "x", ()),
        ("license: null", "x", ()),
        ("other: 1", "x", ()),
    ],
)
def test_values_are_read_in_every_form_that_cards_use(yaml: str, config: str, expected: tuple[str, ...]) -> None:
    assert cards.values(cards.header(f"---\n{yaml}\n---\n", "here"), "license", config) == expected


@pytest.mark.parametrize(
    ("readme", "expected"),
    [
        ("", "card-without-header"),
        ("# Title\n---\na: 1\n---\n", "card-without-header"),
        ("---\n---\n", "card-without-header"),
        ("---\na: 1\n", "card-broken-header"),
        ("---\na: [1\n---\n", "card-broken-header"),
        ("---\n- a\n---\n", "card-broken-header"),
        ("---\njust words\n---\n", "card-broken-header"),
        ("---\na: &x [*x]\n---\n", "card-broken-header"),
        ("---\na: " + "[" * 5000 + "\n---\n", "card-broken-header"),
        ('---\na: "\\UFFFFFFFF"\n---\n', "card-broken-header"),
        ("---\n" + "a: 1\n" * 300_000 + "---\n", "card-broken-header"),
        ("---\na: 1\n---x\n", "card-broken-header"),
    ],
)
def test_a_card_without_a_usable_header_is_told_by_its_reason(readme: str, expected: str) -> None:
    assert reason(readme) == expected
    assert expected in REASONS


def test_aliases_that_explode_are_refused_in_no_time() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert reason("---\n" + "\n".join(lines) + "\n---\n") == "card-broken-header"


def test_a_few_aliases_are_read() -> None:
    assert cards.header("---\na: &x [mit]\nb: *x\n---\n", "here")["b"] == ["mit"]


def test_nothing_in_a_header_is_executed() -> None:
    assert cards.header('---\na: !!python/object/apply:os.system ["exit"]\n---\n', "here") == {"a": ["exit"]}


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault() -> None:
    found = cards.read("\ufeff---\r\nlicense: mit\r\n---\r\n### Data Fields\r\n\r\n- a\r\n- b\r\n", "here")
    assert found.header == {"license": "mit"}
    assert cards.section(found.sections, "Data Fields") == "- a\n- b"


def test_real_cards_all_have_headers_and_most_a_summary(test_data: Path) -> None:
    texts = [path.read_text("utf-8") for path in sorted((test_data / "hub").glob("[a-d]*/README.md"))]
    found = [cards.read(text, "here") for text in texts]
    assert all("configs" in card.header for card in found)
    summaries = [cards.section(card.sections, "Dataset Summary") for card in found]
    assert sum(map(bool, summaries)) > 0.85 * len(texts)
    assert not any(text.startswith("[More Information Needed]") for text in summaries)


@settings(max_examples=300)
@given(st.one_of(st.text(), st.text("-#`[]*&!:{}\n ab>'\"|%\\u0", max_size=80)))
def test_any_text_is_a_card_or_an_unreadable_one(text: str) -> None:
    for readme in (text, f"---\n{text}\n---\n### Dataset Summary\n{text}"):
        cards.sections(readme)
        assert outcome(readme) in {*REASONS, "dict"}


def outcome(readme: str) -> str:
    try:
        header = cards.header(readme, "here")
    except UnreadableError as error:
        return error.reason
    cards.values(header, "license", "x")
    return type(header).__name__
