"""Putting a task in words: what the columns are called, and the sentence that asks for the output."""

import re
from collections.abc import Iterable, Mapping, Sequence

from stages.hub.rules import lexicon, words
from stages.hub.rules.candidate import Candidate
from stages.hub.rules.columns import Column, role_of
from stages.hub.rules.judgements import ADJECTIVES, BARE, Judgement, judgement_of
from stages.hub.rules.lexicon import YES_OR_NO
from stages.hub.rules.patterns import DESCRIBE

NOUNS = {
    "supports": "supporting texts",
    "support": "supporting text",
    "ctx": "context",
    "maintext": "text",
    "selftext": "post",
    "correct": "correct answer",
    "combinedfact": "fact",
    "casename": "case name",
    "tldr": "summary",
    "goldstandard": "judgement",
    "sol": "solution",
    "source": "source text",
    "output": "target text",
    "tokens": "tokenized text",
    "turns": "dialogue turns",
    "history": "dialogue history",
    "target": "target text",
    "reference": "reference text",
    "human reference": "reference text",
    "nl": "request",
    "cmd": "command",
    "func": "function",
    "facts": "facts",
    "func code": "function",
    "other": "text",
    "en": "English text",
    "fr": "French text",
    "de": "German text",
    "ja": "Japanese text",
    "zh": "Chinese text",
    "java": "Java code",
    "cs": "C# code",
    "python": "Python code",
    "bash": "Bash command",
}
"""Names that need another word in a sentence."""

REVIEWS = {"review", "reviews", "comment", "feedback"}
"""Words of texts that come with a rating; any other text is rated itself."""

ROLE_NOUNS = {"other": "text", "focus": "term", "output": "text", "label": "label"}


ASKS = re.compile(r"(Write|Create|Implement|Develop|Define|Complete|Design)\b")
SET = "Given {a0}, write the task that it solves."
"""Of texts that describe code, those that ask for it, and how one asks for them."""


def noun(one: Column) -> str:
    """What a column is called in a sentence, without an article: `answerKey` is an answer, `claim_text` a claim."""
    if one.role == "answer":
        return "answers" if one.kind == "list" else "answer"
    plain = [part for part in one.words if not part.isdigit() and len(part) > 1]
    strong = [part for part in plain if part not in lexicon.WEAK or (part == "name" and one.role == "other")]
    spoken = list(dict.fromkeys(strong)) or [part for part in plain if part in ("text", "title", "name")]
    if len(spoken) == 2 and one.role == role_of((spoken[0],)) == role_of((spoken[1],)) == "question":
        del spoken[1]  # a question query is a question
    if len(spoken) == 2 and role_of((spoken[0],)) not in ("other", "label") and role_of((spoken[1],)) == "other":
        spoken.reverse()
    said = words.say(spoken[-4:]) if spoken else ROLE_NOUNS.get(one.role, one.role)
    said = NOUNS.get(" ".join(spoken), NOUNS.get(said, said))
    return words.plural(said) if one.role == "choices" and one.kind == "list" else said


def article_noun(one: Column) -> str:
    """The noun with its article; a list whose name is plural is a list, any other is one thing in pieces."""
    said = noun(one)
    if one.kind != "list" or not words.is_plural(said):
        return words.with_article(said)
    return f"a list of {'accepted ' if one.role == 'answer' else ''}{said}"


def instruction(task: Candidate, hints: Iterable[str]) -> str:
    """The sentence that asks for a task; `hints` are words of the dataset's tasks and name."""
    if task.wording:
        nouns, named = slots(task, hints)
        asks = task.wording == DESCRIBE and all(map(ASKS.match, task.output.samples or ("",)))
        return sentence((SET if asks else task.wording).format(*nouns, **named))
    if task.output.role == "label":
        return judged(task, hints)
    return expressed(task, hints)


def slots(task: Candidate, hints: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    """What the placeholders of a wording stand for in a task, numbered and named (patterns.py)."""
    mark, nouns = mark_of(task.output), []
    named = {
        "out": noun(task.output),
        "goes": "go" if words.is_plural(noun(task.output)) else "goes",
        "a_out": words.with_article(noun(task.output)),
        "pick": f"give the {mark} of the right one" if mark else "choose the right one",
        "fit": f"give the {mark} of the one that fits best" if mark else "choose the one that fits best",
        "all": enumerated(task.inputs),
    }
    for number, one in enumerate(task.inputs):
        said, with_article = noun(one), article_noun(one)
        if one.role == "label":
            roles = {other.role for other in (*task.inputs, task.output)}
            said = label_noun(one, judgement_of(one, [*role_hints(roles), *hints], 2))
            with_article = words.with_article(said)
        nouns.append(said)
        named[f"a{number}"] = with_article
        named[f"it{number}"] = "them" if words.is_plural(said) else "it"
        named[f"this{number}"] = f"{'these' if words.is_plural(said) else 'this'} {said}"
    return nouns, named


def mark_of(one: Column) -> str:
    """`letter` or `number` where the output is the mark of an option, else nothing."""
    if one.kind == "number" or (one.samples and all(sample.strip("().").isdigit() for sample in one.samples)):
        return "number"
    return "letter" if one.is_mark else ""


def enumerated(columns: Sequence[Column]) -> str:
    """Columns in a row, those that differ in a number only as `two sentences`."""
    groups: dict[tuple[str, ...], list[Column]] = {}
    for one in columns:
        key = tuple(part for part in one.words if not part.isdigit() and len(part) > 1) or one.words
        groups.setdefault(key, []).append(one)
    said = []
    for group in groups.values():
        many = f"{words.number(len(group))} {words.plural(noun(group[0]))}"
        said.append(article_noun(group[0]) if len(group) == 1 else many)
    return words.listed(said)


def names_in_pair(columns: Sequence[Column]) -> list[str]:
    """The nouns of inputs, told apart by `first` and `second` where they would be the same."""
    said = [noun(one) for one in columns]
    if len(set(said)) == len(said):
        return said
    return [f"{words.ordinal(number)} {one}" for number, one in enumerate(said, start=1)]


def judged(task: Candidate, hints: Iterable[str]) -> str:
    """The sentence for a task whose output is a label: what is judged, never the classes."""
    texts = [one for one in task.inputs if one.role not in ("label", "focus")]
    texts = texts or [one for one in task.inputs if one.role == "focus"]
    texts = [one for one in texts if one.role != "title"] or texts
    roles = {one.role: one for one in texts}
    found = judgement_of(task.output, [*role_hints(roles), *hints], len(texts))
    names = names_in_pair(texts)
    it = "it" if len(task.inputs) == 1 else f"the {names[0]}"
    clause = special(found, roles, task.output) or (found.one if len(texts) == 1 else found.two)
    said = clause.format(*names, it=it, noun=label_noun(task.output, found))
    return sentence(f"Given {enumerated_with_labels(task.inputs, hints)}, {said}.")


def role_hints(roles: Iterable[str]) -> list[str]:
    """What the roles of the texts say of a bare label: claims are checked, hypotheses follow or don't."""
    there = set(roles)
    return ["claim"] * ("claim" in there) + ["entailment"] * ({"premise", "hypothesis"} <= there)


def special(found: Judgement, roles: Mapping[str, Column], output: Column) -> str:
    """The clause where the roles of the texts say more than the label: of a question, an answer, a claim or code."""
    passage = roles.get("text") or roles.get("context")
    if "question" in roles and ("answer" in roles or "candidate" in roles):
        judged_answer = found.noun == "class" or found.noun.endswith("score")
        return "judge the answer" if judged_answer else f"determine the {found.noun}"
    if "question" in roles and passage and found.noun in ("inference label", "class"):
        question = roles["question"]
        if found.noun == "class" and "answer" not in question.words and is_yes_or_no(output):
            return f"answer the {noun(question)}"
        return f"decide whether the {noun(passage)} answers the {noun(question)}"
    first = next(iter(roles.values()), None)
    pieces = first is not None and first.words == ("tokens",) and bool({"sentiment", "polarity"} & set(output.words))
    listed = first is not None and first.kind == "list" and not pieces
    rated = found.noun == "rating" and passage is not None and not set(passage.words) & REVIEWS
    rules = (
        (rated, f"predict the {found.noun} of {{it}}"),
        ("claim" in roles and len(roles) == 1 and found.noun in ("rating", "class"), "decide how true it is"),
        (listed and found.noun == "sentiment", "decide which class it belongs to"),
        ("code" in roles and found.noun == "paraphrase label", "decide whether they do the same"),
    )
    return next((clause for applies, clause in rules if applies), "")


def is_yes_or_no(label: Column) -> bool:
    """Whether a label says yes or no, or true or false."""
    said = {name.lower() for name in label.labels or label.samples}
    return bool(said) and said <= YES_OR_NO


def enumerated_with_labels(columns: Sequence[Column], hints: Iterable[str]) -> str:
    """`enumerated`, with labels among the inputs named for what they judge."""
    texts = [one for one in columns if one.role != "label"]
    labels = [
        words.with_article(label_noun(one, judgement_of(one, hints, 1))) for one in columns if one.role == "label"
    ]
    return words.listed([*([enumerated(texts)] if texts else []), *labels])


def label_noun(one: Column, found: Judgement) -> str:
    """What a label is called: by its field where that says something, else by what it judges."""
    said = noun(one)
    return found.noun if set(said.split()) <= BARE or said in ADJECTIVES else said


def expressed(task: Candidate, hints: Iterable[str]) -> str:
    """The sentence for a text that is written for a label."""
    label = judgement_of(task.inputs[0], [*role_hints([task.output.role]), *hints], 1)
    said = label_noun(task.inputs[0], label)
    return sentence(f"Given {words.with_article(said)}, write {words.with_article(noun(task.output))} {label.express}.")


def sentence(text: str) -> str:
    """A text with its first letter in capitals and single blanks; `the topic of it` becomes `its topic`."""
    text = re.sub(r"\bthe ([\w' -]+) of it\b", r"its \1", " ".join(text.split()))
    return text[:1].upper() + text[1:]


def literal(task: Candidate) -> str:
    """The sentence for a label that would sound like another one, by the name of its column; "" where that is bare."""
    parts = [part if part.isupper() else part.lower() for part in words.PARTS.findall(task.output.name)]
    said = [part for part in parts if part not in ("label", "score", "name")]
    if not said:
        return ""
    said = [words.ordinal(int(part)) if part.isdecimal() and len(part) < 3 else part for part in said]
    kind, verb = ("score", "predict") if task.output.kind == "number" else ("label", "determine")
    return sentence(f"Given {enumerated(task.inputs)}, {verb} the {words.say(said)} {kind}.")
