"""Which tasks the columns of a dataset make: patterns of roles, pairs of texts, options, and what else is there.

Weights estimate how often somebody who is shown two rows would propose the task. They order the candidates; those
under FLOOR are left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from stages.hub.rules import lexicon
from stages.hub.rules.candidate import Candidate, label_rank, stem
from stages.hub.rules.columns import Column, is_option_place, role_of
from stages.hub.rules.pairs import (
    are_wrong,
    from_contrasts,
    from_numbered_pair,
    from_options,
    from_options_inside,
    numbered,
    pairs,
    related,
)
from stages.hub.rules.patterns import ALTERNATIVES, PATTERNS

FLOOR = 0.3
ALONE = 0.15
"""What a task gains where its dataset has two columns only: then both directions are proposed."""

CROWD = 6
"""Columns beyond which a task is only proposed where the table knows the roles."""

FEW = 4
"""Columns up to which a text that the table leaves over is proposed beside what it found."""

NO_SOURCE = {"answer", "keywords", "choices"}
NAME = "Given {a0}, name the {out} in {it0}."
GOES_WITH = "Given {a0}, write the {out} that {goes} with {it0}."

NAMED_TEXTS = {"text", "question", "claim", "premise", "context", "code", "dialogue", "summary", "prompt"}
"""Roles of texts whose names say what they are."""

REST = {"other", "prompt", "input", "text", "context", "explanation", "response", "docstring"}
"""Roles that may be left over by the table."""

Roles = dict[str, list[Column]]


def candidates(columns: Sequence[Column]) -> list[Candidate]:
    """The tasks that the columns make, best first, each pair of inputs and output once."""
    groups = numbered(columns)
    grouped = [one for group in groups for one in group]
    paired = list(pairs(columns))
    found = list(from_options(groups, [one for one in columns if one not in grouped]))
    found += from_numbered_pair(groups, columns)
    found += from_contrasts(paired, columns)
    if not found or not (grouped or related(paired)):
        found += from_patterns(columns, bool(paired or grouped))
    elif any(map(are_wrong, groups)):
        told = from_patterns([one for one in columns if one not in grouped], bool(paired))
        found += [one for one in told if one.output.role != "label"]
    found += [*from_two_labels(columns), *from_options_inside(columns)]
    found += from_rest(columns, found, grouped)
    best: dict[tuple[frozenset[str], str], Candidate] = {}
    for task in found:
        one = replace(task, weight=task.weight + ALONE) if len(columns) == 2 else task
        if is_bare_flag(one.inputs):
            continue
        if one.weight >= FLOOR and (one.pair not in best or best[one.pair].weight < one.weight):
            best[one.pair] = one
    return sorted(best.values(), key=lambda one: -one.weight)


def is_bare_flag(inputs: Sequence[Column]) -> bool:
    """Whether all that is given is a yes or no, which says nothing of what it answers."""
    classes = {name.lower() for name in inputs[0].labels or inputs[0].samples}
    return len(inputs) == 1 and bool(classes) and classes <= lexicon.FLAG_CLASSES


def by_role(columns: Sequence[Column]) -> Roles:
    """The columns of each role, the likeliest first: the longest text, the verdict proper, the title of the text.

    `verdict` and `about` are the labels of these ranks. A nameless text stands in where no text has a name.
    """
    roles: Roles = {}
    for one in columns:
        roles.setdefault(one.role, []).append(one)
    if not NAMED_TEXTS & set(roles):
        nameless = [one for one in columns if one.role in ("other", "input")]
        texts = [one for one in nameless if one.kind == "text"]
        lists = [one for one in nameless if one.kind == "list"]
        texts = texts or [one for one in lists if "title" in roles or set(one.words) & lexicon.TOKEN_LISTS]
        if texts:
            roles["text"] = [max(texts, key=lambda one: one.length)]
    stems = {word for one in roles.get("text", [])[:1] for word in one.words}
    roles.get("text", []).sort(key=lambda one: -one.length)
    roles.get("context", []).sort(key=lambda one: one.kind == "list" or -one.length)
    roles.get("code", []).sort(key=lambda one: role_of(one.words) != "code")
    roles.get("title", []).sort(key=lambda one: not stems & set(one.words))
    labels = sorted(roles.get("label", []), key=label_rank)
    ranks = {
        "label": labels,
        "verdict": [one for one in labels if label_rank(one) < 2],
        "about": [one for one in labels if label_rank(one) == 2],
    }
    return roles | {role: found for role, found in ranks.items() if found}


def from_patterns(columns: Sequence[Column], paired: bool) -> Iterator[Candidate]:
    """The tasks of the table; a verdict beside a pair of texts is of the pair, not of one of them."""
    roles = by_role(columns)
    for pattern in PATTERNS:
        if any(of_role(roles, role) for role in pattern.without.split()):
            continue
        slots = [of_role(roles, slot) for slot in pattern.inputs.split()]
        if not all(slots):
            continue
        inputs = tuple(slot[0] for slot in slots)
        for number, output in enumerate(of_role(roles, pattern.output)):
            label = output if output.role == "label" else inputs[0]
            of_pair = paired and len(inputs) == 1 and label.role == "label" and label_rank(label) < 2
            if output.is_output and output not in inputs and not of_pair:
                weight = pattern.weight * 0.9**number * fitness(inputs, output, roles)
                yield Candidate(inputs, output, weight, pattern.wording)


def of_role(roles: Roles, slot: str) -> list[Column]:
    """The columns that fill a slot of a pattern."""
    for word in slot.split("|"):
        for role in ALTERNATIVES.get(word, (word,)):
            if role in roles:
                return roles[role]
    return []


def fitness(inputs: Sequence[Column], output: Column, roles: Roles) -> float:
    """What the columns themselves do to the weight of a pattern; 0 where nobody could know the answer."""
    names = {one.role for one in inputs}
    marks = [one for one in (*inputs, output) if one.role == "answer" and one.is_mark]
    chosen = "choices" in names
    unknowable = (
        # The letter of an option that is not shown, or an option's number told from nothing.
        bool(marks) and not chosen and (marks[0].kind != "number" or "choices" in roles),
        output.role == "label" and (chosen or "choices" in roles) and chosen != output.is_mark,
        any(is_option_place(one.words) for one in marks) and not chosen,
        names == {"label"} and inputs[0].kind == "list",
        names == {"title"} and output.kind == "number",
        # A text that would get 3.6: nobody can write it.
        any(one.role == "label" and one.is_measure for one in inputs),
        # Positive and negative of a text in pieces may be anything: the anchor of a number as well as a sentiment.
        inputs[0].kind == "list" and output.words == ("label",) and {*output.labels} == {"neg", "pos"},
        # A question and a text of which a label says whether they fit: without it, some of them don't.
        names in ({"question"}, {"text"}, {"context"})
        and output.role in ("question", "text", "context")
        and any(is_entailment(one) for one in roles.get("verdict", ())),
        # A claim is judged by its evidence where there is any, and nobody knows one from a verdict.
        bool(roles.get("context")) and {*names, output.role} == {"claim", "label"},
        # A text that only a question is known of: any would do, unless a label says that it answers.
        names == {"question"} and output.role == "text" and "verdict" not in roles,
    )
    if any(unknowable):
        return 0.0
    if names == {"label"} and (len(roles["label"]) > 1 or inputs[0].kind == "number"):
        return 0.5
    if names > {"answer"} and output.role == "question":
        return 0.5 if inputs[-1].kind == "list" else 1.0
    passages = of_role(roles, "passage")
    listed = bool(passages) and passages[0].kind == "list"
    return long_list_fitness(names, output) if listed and output.role in ("question", "answer") else 1.0


def is_entailment(label: Column) -> bool:
    """Whether the classes of a label tell whether something follows."""
    return any("entail" in name.lower() for name in label.labels or label.samples)


def long_list_fitness(names: set[str], output: Column) -> float:
    """The same where the passage is a list of texts, which is long: then questions are asked without it."""
    if output.role == "question":
        return 0.4
    return 1.3 if names == {"question"} else 0.8 if "choices" in names else 1.0


def from_two_labels(columns: Sequence[Column]) -> Iterator[Candidate]:
    """A text and two labels and nothing else: each label from the text and the other label."""
    labels = [one for one in columns if one.kind in ("label", "number")]
    texts = [one for one in columns if one.kind == "text"]
    if len(columns) == 3 and len(labels) == 2 and len(texts) == 1:
        for this, other in (labels, labels[::-1]):
            yield Candidate((texts[0], other), this, 0.5, "")


def is_inside(phrase: Column, text: Column) -> bool:
    """Whether each sample of a phrase stands in the text of its row."""
    inside = [
        len(said) > 3 and said.lower() in whole.lower()
        for said, whole in zip(phrase.samples, text.samples, strict=False)
    ]
    return phrase.kind == "phrase" and text.kind == "text" and bool(inside) and all(inside)


def from_rest(columns: Sequence[Column], found: Sequence[Candidate], grouped: Sequence[Column]) -> Iterator[Candidate]:
    """What the table has no word for: from the main text to another text, and back where there is little else."""
    used = {one for each in found for one in (*each.inputs, each.output)}
    texts = [one for one in columns if one.kind in ("text", "list") and one.role not in NO_SOURCE]
    texts = texts or [one for one in columns if one.kind == "phrase"][:1]
    if not texts or len(columns) > CROWD:
        return
    main = max(texts, key=lambda one: (one in used, one.role != "other", one.kind == "text", one.length))
    for one in columns:
        nameless = stem(one) and one.role in REST and one.kind in ("text", "phrase")
        if nameless and one not in used and one not in grouped and one is not main:
            text = one.kind == "text"
            there, back = (
                (0.35 if text and len(columns) <= FEW else 0.25, 0.2) if found else (0.55 if text else 0.4, 0.35)
            )
            yield Candidate((main,), one, there, NAME if is_inside(one, main) else GOES_WITH)
            if main.is_output:
                yield Candidate((one,), main, back, GOES_WITH)
