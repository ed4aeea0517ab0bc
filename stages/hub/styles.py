"""The three styles of organize, and every difference between them (spec A7, A8).

| rule               | release                         | paper                       | sound                     |
|--------------------|---------------------------------|-----------------------------|---------------------------|
| input              | `f is 'v'. `, lists unnamed     | `The f is v.`               | `The f is v.`, readable   |
| too long an input  | cut at the limit                | cut at the limit            | one field: cut at a word, |
|                    |                                 |                             | several: row left out     |
| output             | first field, scalars, may be "" | as release                  | clear lists too, never "" |
| too long an output | cut at the limit                | cut at the limit            | row left out              |
| bad output         | ends the task                   | ends the task               | row left out              |
| labels             | by counts, first-seen order     | by counts, first-seen order | by shares, types; sorted  |
| pairs              | all                             | all                         | no copies, repeats, cut   |
|                    |                                 |                             | off or opaque answers     |

The paper describes the sentences and leaves the rest open; there the style `paper` follows the released code.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from stages.hub import labels, render, sound
from stages.hub.render import Source, Text
from stages.shared.params import Section

StyleName = Literal["release", "paper", "sound"]

OUTPUT_TOO_LONG = "output-too-long"
COPY = "copy"
REPEAT = "repeat"
EVIDENCE_CUT = "evidence-cut"
OPAQUE_OUTPUT = "opaque-output"

_OPAQUE = re.compile(
    r"(https?://|www\.)\S+"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*"
    r"|[0-9a-f]{16,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    re.IGNORECASE,
)


class OrganizeParams(Section):
    """style: how rows are written (styles.py). instances_per_task: the first so many of a task are kept.

    max_chars: the longest input and the longest output, in characters. counts: thresholds of the label rule of release
    and paper. shares: those of sound.
    """

    style: StyleName
    instances_per_task: int
    max_chars: int
    counts: labels.CountLimits
    shares: labels.ShareLimits


@dataclass
class Pair:
    """An input and its output, with what a rule about them needs: the limit, and the pairs of the task so far."""

    input: Text
    output: Text
    max_chars: int
    seen: set[tuple[str, str]] = field(default_factory=set)


def output_too_long(pair: Pair) -> str:
    """A torn output would teach to stop in the middle of a sentence."""
    return OUTPUT_TOO_LONG if len(pair.output.text) > pair.max_chars else ""


def evidence_cut(pair: Pair) -> str:
    """The output stands word for word in what was cut off the input, and nowhere in what is left of it."""
    output = pair.output.text
    return EVIDENCE_CUT if pair.input.cut and output in pair.input.cut and output not in pair.input.text else ""


def copied(pair: Pair) -> str:
    """The output is the whole input over again: there was nothing to do."""
    return COPY if pair.input.text == pair.output.text else ""


def opaque_output(pair: Pair) -> str:
    """The output is an address, a moment or a hash that the input does not hold: nobody could work it out."""
    output = pair.output.text
    return OPAQUE_OUTPUT if _OPAQUE.fullmatch(output) and output not in pair.input.text else ""


def repeated(pair: Pair) -> str:
    """The task has this very pair already."""
    return REPEAT if (pair.input.text, pair.output.text) in pair.seen else ""


@dataclass(frozen=True)
class Style:
    """A style is its rules; one field for each line of the table above.

    input, output: how fields are written. ends_at_bad_output: whether the first bad output ends the task. judge:
    whether the outputs make a classification, and which. name_labels: how an instruction names its answers. pair_rules:
    what an input and its output must pass together, in order.
    """

    input: Callable[[Source, Sequence[str], int], Text]
    output: Callable[[Source, Sequence[str]], Text]
    ends_at_bad_output: bool
    judge: Callable[[labels.Column, OrganizeParams], labels.Verdict]
    name_labels: Callable[[str, Sequence[str]], str]
    pair_rules: tuple[Callable[[Pair], str], ...]


def _by_counts(column: labels.Column, settings: OrganizeParams) -> labels.Verdict:
    return labels.by_counts(column, settings.counts)


def _by_shares(column: labels.Column, settings: OrganizeParams) -> labels.Verdict:
    return labels.by_shares(column, settings.shares)


STYLES: dict[StyleName, Style] = {
    "release": Style(
        input=render.release_input,
        output=render.release_output,
        ends_at_bad_output=True,
        judge=_by_counts,
        name_labels=labels.with_labels,
        pair_rules=(),
    ),
    "paper": Style(
        input=render.paper_input,
        output=render.release_output,
        ends_at_bad_output=True,
        judge=_by_counts,
        name_labels=labels.with_labels,
        pair_rules=(),
    ),
    "sound": Style(
        input=sound.sound_input,
        output=sound.sound_output,
        ends_at_bad_output=False,
        judge=_by_shares,
        name_labels=labels.with_readable_labels,
        pair_rules=(output_too_long, opaque_output, evidence_cut, copied, repeated),
    ),
}
