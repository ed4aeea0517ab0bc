"""Tasks of columns that belong together by name: numbered texts, options in columns of their own, two forms of one."""

from collections.abc import Iterator, Sequence

from stages.hub.rules import lexicon, words
from stages.hub.rules.candidate import Candidate, label_rank, stem
from stages.hub.rules.columns import Column, role_of

NO_OPTIONS = ("fact", "question", "context", "code")
"""Roles of numbered texts that are no options to choose from."""

NO_CONTRAST = ("answer", "explanation", "choices", "title")
"""Roles of texts that are not made from each other, whatever their names share."""

GOES_WITH = "Given {a0}, write {a_out} that {goes} with {it0}."
CLOSE = "Given {a0}, write another {out} that is close to it in meaning."
PERHAPS = "Given {a0}, write another {out} that may or may not say the same."
PERHAPS_A = "Given {a0}, write {a_out} that may or may not say the same."
BEFORE = "Given {a0}, write the {out} that comes before it."
COMPLETES = "Given {a0} and {a1}, write the {out} that completes them."
RELATE = "Given {all}, decide how the two relate in the {0}."
SECOND = "Given {a0} and {a1}, write a second {out} so that the two fit the {1}."
TURN = "Turn the given {0} into the corresponding {out}."


def numbered(columns: Sequence[Column]) -> list[list[Column]]:
    """Columns that differ in a number or letter only: `sentence1` and `sentence2`, `option_a` to `option_d`."""
    groups: dict[tuple[str, ...], list[Column]] = {}
    for one in columns:
        if one.kind in ("text", "phrase") and stem(one) and stem(one) != one.words and "name" not in one.words:
            groups.setdefault(stem(one), []).append(one)
    return [group for group in groups.values() if len(group) > 1]


def from_options(groups: Sequence[Sequence[Column]], rest: Sequence[Column]) -> Iterator[Candidate]:
    """Options that stand in columns of their own: what goes before and the options, to the answer."""
    outputs = [one for one in rest if one.role in ("answer", "label") and one.is_output]
    before = [one for one in rest if one.kind == "text" and one.role not in ("answer", "label", "explanation", "title")]
    outputs = [one for one in outputs if one.is_mark or one.role == "answer" or names_options(one, groups)]
    usual = [group for group in groups if group[0].role not in NO_OPTIONS]
    options = max(
        usual, key=lambda group: (group[0].role in ("choices", "answer", "hypothesis"), usual.index(group)), default=[]
    )
    before = before[:2] or [one for group in groups if group is not options for one in group]
    if outputs and before and options:
        wrong = are_wrong(options) and not outputs[0].is_mark
        wording = "Given {all}, write the {out}." if wrong else "Given {all}, {pick}."
        yield Candidate((*before, *options), outputs[0], 0.55, wording)
        if wrong and before[0].role != "question":
            yield Candidate((before[0],), outputs[0], 0.5, GOES_WITH)
        if len(before) > 1:
            yield Candidate((before[0],), before[1], 0.45, GOES_WITH)


def names_options(label: Column, groups: Sequence[Sequence[Column]]) -> bool:
    """Whether the classes of a label are the columns of options: `choice1` and `choice2`."""
    stems = {stem(group[0]) for group in groups}
    said = [tuple(word for word in words.split(name) if not word.isdigit()) for name in label.labels]
    return bool(said) and all(name in stems for name in said)


def are_wrong(options: Sequence[Column]) -> bool:
    """Whether options are the wrong ones only, the right one standing in a column of its own."""
    return bool(set(options[0].words) & lexicon.WRONG_OPTIONS)


def from_options_inside(columns: Sequence[Column]) -> Iterator[Candidate]:
    """Questions that bring their options along, to the letter of the right one."""
    for one in columns:
        for answer in columns:
            if one.holds_options and answer.is_mark and answer.role in ("answer", "label"):
                wording = "Given {a0} with its options, {pick}."
                yield Candidate((one,), answer, 0.5, wording)


def from_numbered_pair(groups: Sequence[Sequence[Column]], columns: Sequence[Column]) -> Iterator[Candidate]:
    """Two texts that differ in a number: what holds between them, and the second from the first."""
    if len(groups) != 1 or len(groups[0]) != 2:
        return
    first, second = groups[0]
    rest = [one for one in columns if one not in groups[0]]
    if any(one.kind == "text" for one in rest):
        yield from from_whole_and_parts(groups[0], rest)
        return
    labels = sorted((one for one in columns if one.role == "label" and one.is_output), key=label_rank)
    labels = [one for one in labels if label_rank(one) < 2] or labels
    focus = [one for one in rest if one.role == "focus" and one.kind == "phrase"]
    between = [one for one in rest if one.role == "other" and one.kind == "phrase"]
    if first.kind == "phrase" and between and not labels:
        yield Candidate((first, between[0]), second, 0.5, COMPLETES)
        return
    for number, label in enumerate(labels):
        yield Candidate((*focus, first, second), label, 0.7 * 0.9**number, "")
    inference = bool(labels) and any("entail" in name.lower() for name in labels[0].labels)
    if labels:
        yield Candidate((first, labels[0]), second, 0.5 if inference else 0.25, SECOND)
    weight = 0.25 if inference else 0.35 if labels else 0.6
    # A label between the two tells that some of them don't say the same: a task without it must not promise that.
    yield Candidate((first,), second, weight, PERHAPS if labels else CLOSE)
    if not labels:
        yield Candidate((second,), first, 0.5, BEFORE)


def from_whole_and_parts(parts: Sequence[Column], rest: Sequence[Column]) -> Iterator[Candidate]:
    """One text beside two that differ in a number: their label if they have one, else the one from the two and back."""
    texts = [one for one in rest if one.kind == "text"]
    labels = [one for one in rest if one.role == "label" and one.is_output and label_rank(one) < 2]
    if len(texts) > 1 or len(rest) > 1 + len(labels):
        return
    if labels and parts[0].kind == "phrase":
        yield Candidate((texts[0], *parts), labels[0], 0.5, RELATE)
    elif not labels:
        yield Candidate(tuple(parts), texts[0], 0.55, "Given {all}, write the {out} that {goes} with them.")
        yield Candidate((texts[0],), parts[0], 0.35, GOES_WITH)


def is_same_meaning(label: Column) -> bool:
    """Whether a label of two texts tells whether they mean the same."""
    said = {word for name in (label.name, *label.labels) for word in words.split(name)}
    return bool(said & lexicon.SAME_MEANING)


def from_contrasts(paired: Sequence[tuple[Column, Column]], columns: Sequence[Column]) -> Iterator[Candidate]:
    """Two texts of a kind whose names tell them apart, each from the other; of more, what those of a side share."""
    if not related(paired):
        open_question = any(one.role == "label" and is_same_meaning(one) for one in columns)
        for first, second in paired:
            yield Candidate((first,), second, 0.7, PERHAPS_A if open_question else TURN)
            yield Candidate((second,), first, 0.65, PERHAPS_A if open_question else TURN)
        return
    sides: dict[str, list[Column]] = {}
    for one in columns:
        if any(one in pair for pair in paired):
            sides.setdefault(one.words[0], []).append(one)
    side = max(sides.values(), key=len)
    labels = [one for one in columns if one.role == "label" and one.is_output]
    side.sort(key=lambda one: [words.ORDINALS.index(word) for word in one.words if word in words.ORDINALS])
    if len(side) > 1 and labels:
        yield Candidate(tuple(side), labels[0], 0.45, "")


def related(paired: Sequence[tuple[Column, Column]]) -> bool:
    """Whether pairs of texts share texts, so that there is no telling which is made from which."""
    return len({one for pair in paired for one in pair}) < 2 * len(paired)


def pairs(columns: Sequence[Column]) -> Iterator[tuple[Column, Column]]:
    """Two texts whose names share a word and differ in one: `normal_sentence` and `simple_sentence`."""
    texts = [one for one in columns if one.kind == "text"]
    if not texts:
        texts = [one for one in columns if one.kind == "phrase" and one.role in ("other", "focus")]
        texts = [one for one in texts if "name" not in one.words]
    for at, first in enumerate(texts):
        for second in texts[at + 1 :]:
            if (first.words, second.words) in lexicon.CONTRASTS:
                yield first, second
            elif (second.words, first.words) in lexicon.CONTRASTS:
                yield second, first
            elif first.role not in NO_CONTRAST and is_contrast(first, second):
                yield first, second


def is_contrast(first: Column, second: Column) -> bool:
    """Whether two names of several words differ in exactly one, and neither that nor all the rest is a number.

    Words that say different roles, as in `document_str` and `question_str`, tell two things apart and not two forms.
    """
    if len(first.words) != len(second.words) or len(first.words) < 2:
        return False
    both = list(zip(first.words, second.words, strict=True))
    differing = [word for pair in both for word in pair if pair[0] != pair[1]]
    shared = [pair[0] for pair in both if pair[0] == pair[1]]
    roles = {role_of((word,)) for word in differing}
    if len(roles) == 2 and not roles & {"other", "label", "output"}:
        return False
    return len(differing) == 2 and not any(word.isdigit() or len(word) == 1 for word in (*differing, *shared))
