"""Organizing written the straightforward way: one task after another, one row after another, as records of Python.

The same rules as stages/hub/organize.py, none of its columns, chunks or workers. Tests compare the two; the benchmark
takes its time by it. How a single value is written (sound.readable, sound.sentence ...) is not written twice.
"""

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from stages.hub import answered, labels, misfits, sound, styles
from stages.hub.render import Text, is_text_list, release_list
from stages.hub.rules import columns, lexicon, words
from stages.hub.styles import OrganizeParams
from stages.shared.records import Card, Feature, Task, instance_id


class Source(NamedTuple):
    """A row's values by field, and the types of the fields."""

    values: Mapping[str, Any]
    features: Mapping[str, Feature]


@dataclass
class Organized:
    """What became of one task: the task with its answers named (None: dropped for `reason`), and its instances.

    drops: the rows that gave no instance, as place and reason. cut: how many inputs were shortened.
    """

    task: Task | None = None
    reason: str = ""
    instances: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    drops: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    cut: int = 0


# --- rules of a row ------------------------------------------------------------------------------------------------


def release_input(source: Source, fields: Sequence[str], max_chars: int) -> Text:
    """`q is 'What?'. ctx is 'A b.'. ` for several fields, the value alone for one; cut at `max_chars`.

    A list stands without its field's name. A null, an object, an empty list or a list that is not of texts spoils the
    row. Fields are looked up in the row as it is, so a row that lacks one is spoiled too (the released code fails).
    """
    written = ""
    for field in fields:
        value = source.values.get(field)
        if isinstance(value, str | int | float):
            text = str(value).strip()
            written += f"{field} is '{text}'. " if len(fields) > 1 else text
        elif isinstance(value, list) and is_text_list(value):
            written += release_list(field, value)
        else:
            return Text("", "bad-input")
    return Text(written[:max_chars], cut=written[max_chars:]) if written else Text("", "empty-input")


def paper_input(source: Source, fields: Sequence[str], max_chars: int) -> Text:
    """`The q is What?. The ctx is A b..` for several fields, the value alone for one; cut at `max_chars`.

    The paper says nothing of lists: their items stand as the released code writes them, without its outer blanks.
    """
    written = []
    for field in fields:
        value = source.values.get(field)
        if isinstance(value, str | int | float):
            text = str(value).strip()
        elif isinstance(value, list) and is_text_list(value):
            text = release_list(field, value).strip().removesuffix(".")
        else:
            return Text("", "bad-input")
        written.append(f"The {field} is {text}." if len(fields) > 1 else text)
    whole = " ".join(written)
    return Text(whole[:max_chars], cut=whole[max_chars:]) if whole else Text("", "empty-input")


def release_output(source: Source, fields: Sequence[str]) -> Text:
    """The first output field's value as stripped text; anything but a scalar is bad. An empty text is kept."""
    value = source.values.get(fields[0])
    if isinstance(value, str | int | float):
        return Text(str(value).strip())
    return Text("", "bad-output")


def sound_input(source: Source, fields: Sequence[str], max_chars: int) -> Text:
    """One field: its value. Several: a sentence for each, one a line. At most `max_chars` characters.

    A single text that is too long is cut at a word and ends in `...`. Where there are several, one is usually the
    evidence for the others, and no part of it can be taken: the row is left out (input-too-long).
    """
    parts = []
    for field in dict.fromkeys(fields):
        text = sound.readable(field, source.values.get(field), source.features.get(field))
        if text is None:
            return Text("", "bad-input")
        if not text:
            return Text("", "missing-input")
        parts.append((field, text))
    if len(parts) == 1:
        return sound.cut_at_word(parts[0][1], max_chars)
    written = "\n".join(
        sound.sentence(field, text, isinstance(source.values[field], list | dict)) for field, text in parts
    )
    return Text(written) if len(written) <= max_chars else Text("", "input-too-long")


def sound_output(source: Source, fields: Sequence[str]) -> Text:
    """The first output field's value; a list of answers only where all of them say the same."""
    field = fields[0]
    value = source.values.get(field)
    if isinstance(value, dict) and isinstance(value.get("text"), list) and "answer_start" in value:
        value = value["text"][:1]  # answers in SQuAD's form: each is a whole answer by another annotator
    if isinstance(value, list) and set(words.split(field)) & sound.ANSWER_WORDS:
        if len({str(entry).strip().casefold() for entry in value}) > 1:
            return Text("", "several-answers")
        value = value[:1]
    text = sound.readable(field, value, source.features.get(field))
    if text is None:
        return Text("", "bad-output")
    return Text(text) if text else Text("", "missing-output")


@dataclass(frozen=True)
class Column:
    """The output column of a task: its name, what is written of it row by row, and its type (None: unknown)."""

    name: str
    outputs: Sequence[Text]
    feature: Feature | None


def by_counts(column: Column, limits: labels.CountLimits) -> labels.Verdict:
    """The released rule: few distinct outputs among the first rows are labels, named in the order they first come.

    The released code names them in the order of a set, which changes from run to run.
    """
    judged = column.outputs[: limits.rows]
    if any(output.reason for output in judged):
        return labels.NON_SCALAR_OUTPUT, ()
    counts = Counter(output.text for output in judged)
    if len(counts) > limits.labels:
        return "", ()
    if len(counts) < 2:
        return labels.SINGLE_LABEL, ()
    if max(counts.values()) > (limits.two_labels if len(counts) == 2 else limits.more_labels):
        return labels.IMBALANCED_LABELS, ()
    return "", tuple(counts) if max(map(len, counts)) <= limits.label_chars else ()


def by_shares(column: Column, limits: labels.ShareLimits) -> labels.Verdict:
    """The rule of this project; it looks at all rows and depends on their order in nothing.

    A column is a classification where its type declares the classes (class labels, truth values), or where enough rows
    repeat few short outputs and its name is not that of a text. The declared classes are the answers even when a sample
    lacks some of them.
    """
    counts = Counter(output.text for output in column.outputs if not output.reason)
    if len(counts) == 1 and counts.total() >= limits.constant_rows:
        return labels.SINGLE_LABEL, ()
    names = labels.declared_labels(column.feature) or labels.found_labels(column.name, counts, limits)
    if names and counts.total() >= limits.rows and max(counts.values()) > limits.share * counts.total():
        return labels.IMBALANCED_LABELS, ()
    cryptic = [one for one in names if one.isalpha() and one.lower() not in labels.SHORT_WORDS and 1 < len(one) < 4]
    if len(cryptic) == len(names) > 1:
        return "opaque-labels", ()
    named = 2 <= len(names) <= limits.labels and max(map(len, names)) <= limits.label_chars
    if named and names.issuperset(counts):
        return "", labels.in_order(names)
    if 0 < counts.total() < limits.rows and columns.role_of(words.split(column.name)) == "label":
        known = all(text.lower() in ("yes", "no", "true", "false", "maybe") for text in counts)
        rated = any(word in lexicon.RATING_WORDS for word in words.split(column.name))
        if not known and (rated or not all(columns.OPTION_MARK.match(text) for text in counts)):
            return "unnamed-labels", ()
    return "", ()


@dataclass
class Pair:
    """An input and its output, with what a rule about them needs: the limit, and the pairs of the task so far."""

    input: Text
    output: Text
    max_chars: int
    seen: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    source: Source = dataclasses.field(default_factory=lambda: Source({}, {}))
    used: Sequence[str] = ()


def output_too_long(pair: Pair) -> str:
    """A torn output would teach to stop in the middle of a sentence."""
    return "output-too-long" if len(pair.output.text) > pair.max_chars else ""


def evidence_cut(pair: Pair) -> str:
    """The output stands word for word in what was cut off the input, and nowhere in what is left of it."""
    output = pair.output.text
    return "evidence-cut" if pair.input.cut and output in pair.input.cut and output not in pair.input.text else ""


def in_vain(pair: Pair) -> str:
    """What is asked for is a question that the row's own answer says has none, or whose answer was cut off."""
    if not pair.used or not set(words.split(pair.used[-1])) & {"question", "query", "prompt", "stem"}:
        return ""
    ends = ("answer", "answers", "alias", "aliases", "reference", "references")
    fields = [name for name in pair.source.features if name not in pair.used and words.split(name)]
    fields = [name for name in fields if words.split(name)[-1] in ends]
    if not fields:
        return ""
    value = pair.source.values.get(fields[0])
    if isinstance(value, dict) and isinstance(value.get("text"), list):
        value = value["text"]
    said = value if isinstance(value, list) else [value or ""] if value is None or isinstance(value, str) else [0]
    if not all(isinstance(one, str) for one in said):
        return ""
    known = [one.strip().casefold() for one in said]
    known = [
        one
        for one in known
        if one not in ("", "n/a", "na", "none", "null", "no answer", "unanswerable", "cannotanswer")
    ]
    if not known:
        return "unanswerable"
    text = pair.input.text.casefold()
    return "evidence-cut" if pair.input.cut and not any(one in text for one in known) else ""


def odd_question(pair: Pair) -> str:
    """What is asked for as a question is none, needs a context that is not shown, or has no word of the passage."""
    if not pair.used or "question" not in words.split(pair.used[-1]):
        return ""
    text, question = pair.input.text, pair.output.text
    said = answered._WORD.findall(question.lower())
    parts = [answered._WORD.findall(part) for part in re.split(r"[.!:;,]\s", question.lower())]
    opens = any(part[0] in answered.OPENINGS for part in parts if part)
    if "?" not in question and not opens and not any(word in answered.ASKING for word in said):
        return "no-question"
    from_answers = all(set(words.split(name)) & sound.ANSWER_WORDS for name in pair.used[:-1])
    others = [name for name in pair.source.features if name not in pair.used]
    if (
        from_answers
        and len(text.split()) <= 10
        and any(columns.role_of(words.split(one)) == "context" for one in others)
    ):
        return "no-context"
    if from_answers and len(text.split()) <= 10 and max(len(line.split()) for line in text.split("\n")) <= 5:
        return "bare-answer"
    cut_off = pair.source.values[pair.used[0]] if pair.input.cut else ""
    return of_rest(question, text, cut_off) or (unrelated(question, text) if len(text.split()) > 40 else "")


def unrelated(question: str, text: str) -> str:
    """A question has no word of its passage, in whatever form."""
    passage = text.casefold()
    said = [word for word in answered._WORD.findall(question.casefold()) if word not in answered._UNTOLD]
    known = [word[:5] for word in said if len(word) >= 4]
    if not known or any(word in passage or word in text for word in known):
        return ""
    roots = [root(word) for word in said if word not in answered._SHORT and len(word) > 1]
    others = [word for word in re.split(r"[\W_]+", passage) if word not in answered._SHORT]
    unparted = re.sub(r"[\W_]", "", passage)
    for one in roots:
        forms = [one, one + "ing", one + "ed", one + "es", one + "s", one + "e"]
        if any(form in others for form in forms) or (one in unparted and len(one) > 5):
            return ""
    return "unrelated-question"


def of_rest(question: str, text: str, whole: Any) -> str:
    """At least half of a question's words that the whole passage has are not in the text that is left of it."""
    said = {re.sub("'.*", "", word) for word in answered._WORD.findall(question)}
    said = {word for word in said if word.casefold() not in answered._SHORT | answered._UNTOLD and len(word) > 2}
    left = {word for word in said if word.casefold()[:5] in text.casefold()}
    gone = {word for word in said - left if isinstance(whole, str) and word in whole}
    return "evidence-cut" if gone and len(gone) >= len(left) else ""


def root(word: str) -> str:
    """A word without its ending, of which two letters must be left."""
    owner = re.sub("'.*", "", word)
    match = re.fullmatch(r"(.{2,}?)(?:ing|ed|es|s|e)", owner)
    return match[1] if match else owner


def different(pair: Pair) -> str:
    """A label of the row says that its two texts don't mean the same, and one is to be written from the other."""
    features = pair.source.features
    if [getattr(features.get(name), "type", None) for name in pair.used] != ["string", "string"]:
        return ""
    for name, feature in features.items():
        said = {word for text in (name, *(feature.labels or ())) for word in words.split(text)}
        if name not in pair.used and labels.declared_labels(feature) and said & lexicon.SAME_MEANING:
            value = pair.source.values.get(name)
            first = (words.split(value) or ("",))[0] if isinstance(value, str) else ""
            return "different-texts" if value is False or first in ("not", "non", "no") else ""
    return ""


def titled(pair: Pair) -> str:
    """Another text of the task has this title already."""
    if not pair.used or not set(words.split(pair.used[-1])) & misfits.TITLE_WORDS:
        return ""
    others = any(output == pair.output.text and text != pair.input.text for text, output in pair.seen)
    return "shared-title" if others else ""


def copied(pair: Pair) -> str:
    """The output is the whole input over again: there was nothing to do."""
    return "copy" if pair.input.text == pair.output.text else ""


def opaque_output(pair: Pair) -> str:
    """The output is an address, a moment or a hash that the input does not hold: nobody could work it out."""
    output = pair.output.text
    return "opaque-output" if styles._OPAQUE.fullmatch(output) and output not in pair.input.text else ""


def repeated(pair: Pair) -> str:
    """The task has this very pair already."""
    return "repeat" if (pair.input.text, pair.output.text) in pair.seen else ""


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
    judge: Callable[[Column, OrganizeParams], labels.Verdict]
    name_labels: Callable[[str, Sequence[str]], str]
    pair_rules: tuple[Callable[[Pair], str], ...]


def _by_counts(column: Column, settings: OrganizeParams) -> labels.Verdict:
    return by_counts(column, settings.counts)


def _by_shares(column: Column, settings: OrganizeParams) -> labels.Verdict:
    return by_shares(column, settings.shares)


STYLES: dict[str, Style] = {
    "release": Style(
        input=release_input,
        output=release_output,
        ends_at_bad_output=True,
        judge=_by_counts,
        name_labels=labels.with_labels,
        pair_rules=(),
    ),
    "paper": Style(
        input=paper_input,
        output=release_output,
        ends_at_bad_output=True,
        judge=_by_counts,
        name_labels=labels.with_labels,
        pair_rules=(),
    ),
    "sound": Style(
        input=sound_input,
        output=sound_output,
        ends_at_bad_output=False,
        judge=_by_shares,
        name_labels=labels.with_readable_labels,
        pair_rules=(
            output_too_long,
            opaque_output,
            evidence_cut,
            in_vain,
            odd_question,
            different,
            copied,
            repeated,
            titled,
        ),
    ),
}


def organize(
    card: Card, task: Task, rows: Sequence[tuple[str, Mapping[str, Any]]], part: str, settings: OrganizeParams
) -> Organized:
    """The instances of one task of one config; each row as its place and its values."""
    style = STYLES[settings.style]
    sources = [Source(values, card.features) for _, values in rows]
    outputs = [style.output(source, task.output_field) for source in sources]
    name = task.output_field[0]
    reason, labels = style.judge(Column(name, outputs, card.features.get(name)), settings)
    if style.pair_rules and "adversarial robust" in card.summary.lower() and not card.features[name].labels:
        reason = "perturbed-output"
    if reason:
        return Organized(reason=reason)
    found = Organized()
    named = task.model_copy(update={"instruction": style.name_labels(task.instruction, labels)})
    shared = _shared_columns(card, named, part)
    pairs = _pairs(sources, outputs, task.input_fields, name, settings, style)
    for (place, _), (pair, why) in zip(rows, pairs, strict=True):
        if pair is None:
            found.drops.append((place, why))
            continue
        found.cut += bool(pair.input.cut)
        text, output = pair.input.text, pair.output.text[: settings.max_chars]
        found.instances.append(
            {
                "instance_id": instance_id(named.instruction, text, output),
                "input": text,
                "output": output,
                "row": place,
                **shared,
            }
        )
    if sum(why == "shared-title" for _, why in found.drops) > len(found.instances):
        return Organized(reason="shared-titles")
    if found.instances:
        found.task = named
    else:
        found.reason = "no-instances"
    return found


def _pairs(
    sources: Iterable[Source],
    outputs: Iterable[Text],
    fields: Sequence[str],
    name: str,
    settings: OrganizeParams,
    style: Style,
) -> Iterator[tuple[Pair | None, str]]:
    """Yield the input and output of each row, or None and the reason why it has none."""
    seen: set[tuple[str, str]] = set()
    made = 0
    ended = ""
    for source, output in zip(sources, outputs, strict=True):
        why = ended or output.reason
        if output.reason and style.ends_at_bad_output:
            ended = "after-bad-output"
        if not why:
            text = style.input(source, fields, settings.max_chars)
            pair = Pair(text, output, settings.max_chars, seen, source, (*fields, name))
            why = pair.input.reason or next(filter(None, (rule(pair) for rule in style.pair_rules)), "")
        if why:
            yield None, why
            continue
        seen.add((pair.input.text, pair.output.text))
        yield pair, ""
        made += 1
        if made >= settings.instances_per_task:
            ended = "over-instances-per-task"


def _shared_columns(card: Card, task: Task, part: str) -> dict[str, Any]:
    """The columns that all instances of a task share."""
    return {
        "instruction": task.instruction,
        "messages": None,
        "license": card.license,
        "terms": terms_of(task.generator),
        "website": card.website,
        "taskname": card.taskname,
        "task_id": task.task_id,
        "part": part,
        "origin": f"{card.dataset}:{card.config}",
        "revision": card.revision,
        "generator": task.generator,
        "language": card.language,
    }


def terms_of(generator: str) -> str:
    """The terms of use that bind what `provider:model` wrote; "" for none beside the licence."""
    return "openai-terms" if generator.partition(":")[2].startswith(("gpt-", "text-davinci-", "chatgpt-")) else ""
