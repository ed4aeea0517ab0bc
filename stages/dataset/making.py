"""The sections of the dataset card that say how the dataset was made, and what it is not."""

from collections.abc import Iterator, Mapping
from typing import Any

from stages.dataset.findings import Findings
from stages.shared.markdown import code, number, table

HOW = """\
## How it was made

The rows of hub datasets became instructions with inputs and answers by the way of Dynosaur; domains were explored by a
model, and corpora gathered and cleaned. `part`, `origin`, `revision` and `row` of an instance lead back to its source.
Then the parts were merged in the order in which they joined: of instances that say the same, or nearly, the first is
kept, and instances that hold a text of a benchmark are left out. These are the parameters of that:
"""

LEDGER = """\
Every {unit} that the parts brought is here or was dropped for a reason:
"""

COUNTED = {"instances": "instance", "tasks": "task of hub datasets"}
"""What the ledger counts that is in the dataset, in words: domains and corpora have no list of tasks that something
could be dropped from.
"""

CONTAMINATION = """\
## Benchmarks

{introduction} A revision is the SHA-256 over the files of a benchmark.
"""

LOOKED = """\
Instances that hold what one of these benchmarks asks, anywhere in them, are left out: any {words} words in a row that a
benchmark's text has, case, punctuation and Markdown apart; a shorter text where it stands as a whole. Paraphrases and
translations are not found, nor are benchmarks that are not listed."""

NOT_LOOKED = "This dataset was not searched for texts of benchmarks (`merge.contamination` is null)."

COSTS = """\
## What was asked of models

Answers that made the tasks of hub datasets, and the nodes of domains. Prices change and are not part of the dataset.
"""

LIMITS = """\
## Known limits

- Nobody read the instances one by one. Instructions that rules or a model wrote can be dull, and answers wrong.
- Sources say themselves what they are under and what language they are in; both may be wrong. None of this is legal
  advice.
- Near-duplicates are found by their words: a paraphrase or a translation of an instance stays, and so does one with
  another number, name or question.
- Sources may hold what is offensive, personal or out of date; what was checked of that, and by which part, is in the
  ledgers of the stages before.
"""


def sections(
    merge: Mapping[str, Any], findings: Findings, ledger: Mapping[str, Any], asking: Mapping[str, Any]
) -> Iterator[str]:
    """The sections, in their order. merge: its params. ledger, asking: as in the metrics."""
    yield HOW
    yield table(("parameter", "value"), ((code(f"merge.{name}"), code(value)) for name, value in flat(merge)))
    for unit, reasons in ((unit, counted["dropped"]) for unit, counted in ledger.items() if unit in COUNTED):
        yield LEDGER.format(unit=COUNTED[unit])
        lines = [("read", ledger[unit]["read"]), *((f"dropped: {name}", count) for name, count in reasons.items())]
        lines.append(("kept", ledger[unit]["kept"]))
        yield table((unit, "count"), ((name, number(count)) for name, count in lines))
    yield from _benchmarks(merge, findings)
    if asking["answers"]:
        yield COSTS
        lines = [(name, asking["parts"][name]) for name in asking["parts"]]
        yield table(
            ("part", "answers", "input tokens", "output tokens"),
            (
                (code(name), *(number(one[key]) for key in ("answers", "input_tokens", "output_tokens")))
                for name, one in lines
            ),
        )
    yield LIMITS


def _benchmarks(merge: Mapping[str, Any], findings: Findings) -> Iterator[str]:
    contamination = merge["contamination"]
    if contamination is None:
        yield CONTAMINATION.format(introduction=NOT_LOOKED)
        return
    yield CONTAMINATION.format(introduction=LOOKED.format(words=contamination["words"]))
    found = findings.contamination()
    yield table(
        ("benchmark", "revision", "texts", "texts met", "instances left out", "by part"),
        (
            (
                *(code(name), code(one["revision"]), number(one["instances"]), number(one["met"]), number(one["rows"])),
                ", ".join(f"{code(part)} {number(count)}" for part, count in one["parts"].items()),
            )
            for name, one in found.items()
        ),
    )
    examples = [(name, example) for name, one in found.items() for example in one["examples"]]
    if examples:
        yield table(
            ("left out of", "instance", "benchmark", "text"),
            ((code(one["part"]), code(one["instance"]), code(name), code(one["holds"])) for name, one in examples),
        )


def flat(section: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The values of a section of params.yaml as text, those of sections in it by names with dots."""
    for name, value in section.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", text) for inner, text in flat(value))
        elif isinstance(value, list | tuple):
            yield name, ", ".join(map(str, value)) or "none"
        else:
            yield name, "null" if value is None else str(value)
