"""What a label judges, told from its field name, its classes, the dataset's tasks and its name.

Wordings: {it} is the text that is judged; {0} and {1} are the nouns of two of them; a clause follows "Given a text,".
"""

from collections.abc import Iterable
from dataclasses import dataclass

from stages.hub.rules import words
from stages.hub.rules.columns import Column
from stages.hub.rules.lexicon import YES_OR_NO, word_set


@dataclass(frozen=True)
class Judgement:
    """One kind of judgement.

    cues: words of names and task ids. classes: names of classes that give it away. noun: what the label is.
    one: the clause for a single text ("" if it takes two). two: the clause for two texts ("" if it takes one).
    express: how a text that is written for a label has it. scale: whether it is a number (else a class, unless the
    field's name says it).
    """

    noun: str
    cues: str
    classes: str = ""
    one: str = ""
    two: str = ""
    express: str = "that fits it"
    scale: bool = False


JUDGEMENTS = (
    Judgement(
        "inference label",
        "entailment inference nli rte",
        "entailment not_entailment contradiction entails",
        two="decide whether the {1} follows from the {0}",
    ),
    Judgement(
        "paraphrase label",
        "paraphrase duplicate duplicates equivalent equivalence similarity clone",
        "equivalent not_equivalent duplicate not_duplicate paraphrase",
        two="decide whether they mean the same",
    ),
    Judgement(
        "similarity score",
        "similarity relatedness sts score",
        two="rate how close they are in meaning",
        scale=True,
    ),
    Judgement(
        "verdict",
        "fact facts veracity verdict rumor rumour fake verification checking claim",
        "supports refutes supported refuted not_supported mostly-true pants-fire",
        one="decide whether {it} is true",
        two="decide whether the {0} supports the {1}",
        express="that would get it",
    ),
    Judgement(
        "sentiment",
        "sentiment sentiments polarity",
        "positive negative pos neg",
        one="decide what sentiment {it} expresses",
        express="that expresses it",
    ),
    Judgement(
        "sentiment",
        "sentiment",
        one="rate how positive {it} is",
        express="that expresses it",
        scale=True,
    ),
    Judgement(
        "emotion",
        "emotion emotions mood feeling",
        "joy anger sadness happy sad angry fear",
        one="identify the emotion that {it} expresses",
        express="that expresses it",
    ),
    Judgement(
        "intent",
        "intent intents intention",
        one="identify the intent behind {it}",
        express="that somebody with this intent would write",
    ),
    Judgement("dialogue act", "act acts", one="identify the dialogue act of {it}", express="that performs it"),
    Judgement("stance", "stance", "favor against", one="identify the stance that {it} takes", express="that takes it"),
    Judgement(
        "hate speech label",
        "hate hateful hatespeech offensive offense abusive abuse",
        "hate offensive hate-speech hate_speech",
        one="decide whether {it} is hateful or offensive",
    ),
    Judgement("toxicity", "toxicity", one="rate how toxic {it} is", scale=True),
    Judgement("toxicity label", "toxic", "toxic", one="decide whether {it} is toxic"),
    Judgement("obscenity label", "obscene", one="decide whether {it} is obscene"),
    Judgement("threat label", "threat", one="decide whether {it} contains a threat"),
    Judgement("insult label", "insult", one="decide whether {it} contains an insult"),
    Judgement(
        "irony label", "irony sarcasm sarcastic ironic", "sarcastic ironic", one="decide whether {it} is sarcastic"
    ),
    Judgement("spam label", "spam ham", "spam ham", one="decide whether {it} is spam"),
    Judgement(
        "acceptability label",
        "acceptability grammaticality grammatical acceptable",
        "acceptable unacceptable",
        one="decide whether {it} is grammatically acceptable",
    ),
    Judgement(
        "subjectivity label",
        "subjectivity subjective",
        "subjective objective",
        one="decide whether {it} is subjective or objective",
    ),
    Judgement(
        "gender",
        "gender",
        "male female man woman",
        one="identify the gender that {it} points to",
        express="that points to it",
    ),
    Judgement("hyperpartisan label", "hyperpartisan", one="decide whether {it} is hyperpartisan"),
    Judgement("bias label", "bias biased", one="decide whether {it} is biased"),
    Judgement("humor score", "humor humour funny", one="judge how funny {it} is"),
    Judgement("well-formedness score", "wellformed wellformedness", one="rate how well it is formed", scale=True),
    Judgement(
        "rating", "rating ratings stars star", one="predict the rating given with {it}", express="that would get it"
    ),
    Judgement(
        "relevance",
        "relevance relevant",
        one="decide whether {it} is relevant",
        two="decide whether the {1} is relevant to the {0}",
    ),
    Judgement(
        "topic",
        "topic topics category categories section department",
        one="identify the {noun} of {it}",
        express="about it",
    ),
    Judgement(
        "answerability label",
        "impossible answerable answerability",
        one="decide whether {it} can be answered",
        two="decide whether the {0} answers the {1}",
    ),
    Judgement("defect label", "defect bug vulnerability", one="decide whether {it} has a defect"),
    Judgement(
        "age", "age", one="estimate how old the author of {it} is", express="that an author of this age could write"
    ),
    Judgement("language", "language lang dialect", one="identify the {noun} of {it}", express="in it"),
    Judgement(
        "year", "year", one="estimate the year in which {it} was written", express="that could have been written then"
    ),
    Judgement("domain", "domain", one="identify the domain that {it} belongs to", express="that belongs to it"),
    Judgement("genre", "genre genres", one="identify the genre of {it}", express="of this genre"),
    Judgement("level", "level", one="judge the level of {it}", express="of that level"),
    Judgement("difficulty", "difficulty", one="judge the difficulty of {it}", express="of that difficulty"),
    Judgement("discourse relation", "discourse connective", two="identify the discourse relation between them"),
)

BARE = word_set("label labels class target output tag category type score gold goldstandard judgment judgement")
"""Field names that say that something is judged and not what."""

ADJECTIVES = word_set(
    "toxic severe obscene offensive hateful sarcastic ironic funny humorous similar relevant biased hyperpartisan "
    "related valid correct informative ambiguous answerable impossible acceptable grammatical subjective duplicate "
    "equivalent fake"
)
"""Field names of labels that say what a text is and are no nouns."""

FILLERS = word_set("binary ternary coarse fine name text answer")
"""Words beside them that say no more."""

VAGUE = word_set(
    "language modeling text classification multi single class label input other generation score scoring domain open "
    "closed"
)
"""Words of task ids and names that are no hint."""


def judgement_of(label: Column, hints: Iterable[str], texts: int) -> Judgement:
    """The judgement a label records, for one text or several (`texts`); `hints`: words of the dataset's tasks and name.

    The field's own name decides first, then its classes; the hints only where the name is a bare `label`.
    """
    named = [word for word in label.words if not word.isdigit()]
    number = label.kind == "number"
    fitting = [one for one in JUDGEMENTS if (one.one if texts == 1 else one.two)]
    fitting.sort(key=lambda one: one.scale != number)
    if label.is_measure and set(named) <= BARE | FILLERS | {"rating", "ratings"}:
        measured = by_hints((), hints, [one for one in fitting if one.scale])
        if measured:
            return measured
    for word in reversed(named):
        for one in fitting:
            if word in one.cues.split() and word not in BARE:
                return one
    if number:
        return by_hints(named, hints, [one for one in fitting if one.scale]) or plain(label, named)
    fitting = [one for one in fitting if not one.scale]
    return by_classes(label, fitting) or by_hints(named, hints, fitting) or plain(label, named)


def by_classes(label: Column, fitting: Iterable[Judgement]) -> Judgement | None:
    """The judgement that the names of the classes give away: at least two of them, or the one that there is."""
    said = {name.lower().strip().replace(" ", "_") for name in (*label.labels, *label.samples)}
    parts = {part for name in said for part in words.split(name)}
    for one in fitting:
        known = set(one.classes.split())
        if max(len(said & known), len(parts & known)) >= min(2, len(said)) > 0:
            return one
    return None


def by_hints(named: Iterable[str], hints: Iterable[str], fitting: Iterable[Judgement]) -> Judgement | None:
    """The judgement that the dataset's tasks and name point at, where the field's name says nothing."""
    if not set(named) <= BARE | FILLERS:
        return None
    cues = [(hint, one) for hint in hints if hint not in VAGUE for one in fitting]
    return next((one for hint, one in cues if hint in one.cues.split()), None)


def plain(label: Column, named: list[str]) -> Judgement:
    """A judgement that is told by nothing but the field's name."""
    strong = [word for word in named if len(word) > 1 and word not in ("name", "text")]
    while strong[-1:] == ["of"]:
        strong.pop()
    noun = words.say(strong) or "label"
    if len(named) == 1 and noun in ADJECTIVES:
        clause = f"decide whether {{it}} is {noun}"
        return Judgement(f"{noun} label", "", one=clause, two=f"decide whether they are {noun}")
    if named[0] in ("is", "has", "contains") and len(named) > 1:
        rest = words.say(named[1:])
        clause = (
            f"decide whether {{it}} {f'is {rest}' if named[0] == 'is' else f'{named[0]} {words.with_article(rest)}'}"
        )
        return Judgement(f"label {noun}", "", one=clause, two=clause)
    said = {name.lower() for name in label.labels or label.samples}
    if said and said <= YES_OR_NO and not set(named) <= BARE | FILLERS:
        return Judgement(noun, "", one=f"decide whether {{it}} shows {noun}", two=f"decide whether they show {noun}")
    if set(named) <= BARE - {"type", "category", "score"} and not any("." in sample for sample in label.samples):
        return Judgement(
            "class", "", one=classified(label), two="decide how they relate to each other", express="that belongs to it"
        )
    if label.kind == "number" and set(named) <= BARE and any("." in sample for sample in label.samples):
        noun = "score"
    verb = "predict" if label.kind == "number" else "determine"
    return Judgement(noun, "", one=f"{verb} the {noun} of {{it}}", two=f"{verb} the {noun}")


def classified(label: Column) -> str:
    """The clause for a label of which nothing is known; where classes are many, two are named to give the idea."""
    if len(label.labels) <= 10:
        return "decide which class {it} belongs to"
    some = [words.say(words.split(name)) or name for name in label.labels[:2]]
    return f"decide which class, such as '{some[0]}' or '{some[1]}', {{it}} belongs to"
