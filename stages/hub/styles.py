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
| questions, titles, | all                             | all                         | answered.py, misfits.py   |
| texts of a pair    |                                 |                             | say what is left out      |

The paper describes the sentences and leaves the rest open; there the style `paper` follows the released code.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from stages.hub import labels, render, sound
from stages.hub.render import Text, Texts
from stages.shared.params import Section
from stages.shared.records import Feature

StyleName = Literal["release", "paper", "sound"]

OUTPUT_TOO_LONG = "output-too-long"
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


def pair_flaws(inputs: Texts, outputs: Texts, max_chars: int) -> dict[int, str]:
    """The rows whose input and output don't go together, with the reason; the first rule that applies counts."""
    found: dict[int, str] = {}
    for rule in reversed(PAIR_RULES):
        found.update(rule(inputs, outputs, max_chars))
    return found


def output_too_long(inputs: Texts, outputs: Texts, max_chars: int) -> dict[int, str]:  # noqa: ARG001 - called alike
    """A torn output would teach to stop in the middle of a sentence."""
    return {row: OUTPUT_TOO_LONG for row, text in enumerate(outputs.texts) if len(text) > max_chars}


def opaque_output(inputs: Texts, outputs: Texts, max_chars: int) -> dict[int, str]:  # noqa: ARG001 - called alike
    """The output is an address, a moment or a hash that the input does not hold: nobody could work it out."""
    opaque = {text for text in set(outputs.texts) if _OPAQUE.fullmatch(text)}
    if not opaque:
        return {}
    pairs = enumerate(zip(inputs.texts, outputs.texts, strict=True))
    return {row: OPAQUE_OUTPUT for row, (text, output) in pairs if output in opaque and output not in text}


def evidence_cut(inputs: Texts, outputs: Texts, max_chars: int) -> dict[int, str]:
    """The output stands word for word in what was cut off the input, and nowhere in what is left of it."""
    return {
        row: EVIDENCE_CUT
        for row, cut_holds in inputs.cuts.items()
        if len(text := outputs.texts[row]) <= max_chars and text not in inputs.texts[row] and cut_holds(text)
    }


PAIR_RULES = (output_too_long, opaque_output, evidence_cut)
"""What an input and its output must pass together, in order; then they must be no copy and no repeat."""


@dataclass(frozen=True)
class Style:
    """A style is its rules, those of the table above.

    value: a field's value alone; None where it has no form that can be written. missing: the reason where a value is
    empty ("": that is let in). sentence: a value in a sentence, from the field, the value alone and the value as it
    came. joint: what stands between sentences.
    leaves_out_long: whether a row whose sentences are longer than the limit is left out.
    is_long, beginning, lacks: what can be told of a long value sooner than by writing it: whether it is surely longer
    than so many characters, how it begins, whether a text is surely not in it.
    once: whether a field named twice is written once. fit: an input within the limit; asked for those that are empty or
    too long.
    output: how an output is written. output_is_value: whether a value that is no list and no object is written the same
    as an output and alone. ends_at_bad_output: whether the first bad output ends the task.
    looks_at: of how many first rows the outputs decide on the labels (None: of all). judge: whether the outputs make a
    classification, and which. name_labels: how an instruction names its answers.
    flaws: the rows whose input and output don't go together. careful: whether a question must be one and have its
    answer in the input (answered.py), and a text must fit what is asked (misfits.py). copies: whether pairs may be
    copies (the output is the whole input over again: there was nothing to do) or repeats (the task has this very pair
    already).
    """

    value: Callable[[str, Any, Feature | None], str | None]
    missing: str
    sentence: Callable[[str, str, Any], str]
    joint: str
    leaves_out_long: bool
    is_long: Callable[[Any, int], bool]
    beginning: Callable[[Any, int], str | None]
    lacks: Callable[[str, str], bool]
    once: bool
    fit: Callable[[str, int, bool], Text]
    output: Callable[[str, Any, Feature | None], Text]
    output_is_value: bool
    ends_at_bad_output: bool
    looks_at: Callable[[OrganizeParams], int | None]
    judge: Callable[[labels.Tally, OrganizeParams], labels.Verdict]
    name_labels: Callable[[str, Sequence[str]], str]
    flaws: Callable[[Texts, Texts, int], dict[int, str]]
    careful: bool
    copies: bool


def _first_rows(settings: OrganizeParams) -> int | None:
    return settings.counts.rows


def _by_counts(tally: labels.Tally, settings: OrganizeParams) -> labels.Verdict:
    return labels.by_counts(tally, settings.counts)


def _by_shares(tally: labels.Tally, settings: OrganizeParams) -> labels.Verdict:
    return labels.by_shares(tally, settings.shares)


RELEASE = Style(
    value=render.release_value,
    missing="",
    sentence=render.release_sentence,
    joint="",
    leaves_out_long=False,
    is_long=lambda _value, _chars: False,
    beginning=lambda _value, _chars: None,
    lacks=lambda _value, _text: False,
    once=False,
    fit=render.release_fit,
    output=render.release_output,
    output_is_value=False,
    ends_at_bad_output=True,
    looks_at=_first_rows,
    judge=_by_counts,
    name_labels=labels.with_labels,
    flaws=lambda _inputs, _outputs, _max_chars: {},
    careful=False,
    copies=True,
)
STYLES: dict[StyleName, Style] = {
    "release": RELEASE,
    "paper": replace(RELEASE, value=render.paper_value, sentence=render.paper_sentence, joint=" "),
    "sound": Style(
        value=sound.readable,
        missing=sound.MISSING_INPUT,
        sentence=sound.sound_sentence,
        joint="\n",
        leaves_out_long=True,
        is_long=sound.is_long,
        beginning=sound.beginning,
        lacks=sound.lacks,
        once=True,
        fit=sound.sound_fit,
        output=sound.sound_output,
        output_is_value=True,
        ends_at_bad_output=False,
        looks_at=lambda _settings: None,
        judge=_by_shares,
        name_labels=labels.with_readable_labels,
        flaws=pair_flaws,
        careful=True,
        copies=False,
    ),
}
