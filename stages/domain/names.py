"""Whether a name that a model gives a new task may be one: it has a word, and no task of the tree is called so.

The original takes in whatever it is given and sorts out near repeats at the end (prune, spec B5); here a repeat is
refused at once, so that another task can take its place.
"""

from collections.abc import Callable

from stages.domain.spelling import spelt
from stages.domain.tree import Tree, plain_id
from stages.shared import similarity

LONGEST = 120
"""Characters of a name; what is longer is a text that took the place of one."""

REASONS = {
    "long-name": f"the name has more than {LONGEST} characters",
    "no-word": "the name holds no letter and no digit",
    "repeated-name": "the tree has a task of this name",
    "near-name": "the tree has a task of nearly this name: their ROUGE-L is above explore.near",
}
"""Why a name is refused."""


class Names:
    """The names of a tree's tasks. near: the ROUGE-L above which a name is refused; None to refuse equal ones only.

    language: the code of the one that names are written in.
    """

    def __init__(self, tree: Tree, near: float | None, language: str = "en") -> None:
        self.near, self._language = near, language
        self._equal: dict[str, str] = {}
        self._words: list[tuple[str, list[str]]] = []
        for node in tree:
            self.add(node.raw_task_name)

    def add(self, name: str) -> None:
        """Take in the name of a new task."""
        for form in _forms(name):
            self._equal.setdefault(form, name)
        self._words.append((name, self._read(name)))

    def equal(self, name: str) -> str:
        """The name that differs from this one in case, punctuation and blanks at most; "" where there is none."""
        return next((self._equal[form] for form in _forms(name) if form in self._equal), "")

    def nearest(self, name: str) -> tuple[str, float]:
        """The first of the names that are nearest to this one, and their ROUGE-L; ("", 0) where none is near at all."""
        words = self._read(name)
        best = ("", 0.0)
        for other, others in self._words:
            score = similarity.rouge_l(words, others)
            if score > best[1]:
                best = (other, score)
        return best

    def _read(self, name: str) -> list[str]:
        return similarity.words(spelt(name, self._language))


def too_long(name: str, _: Names) -> tuple[str, str]:
    """Every prompt around the task would carry it along."""
    return ("", "") if len(name) <= LONGEST else ("long-name", "")


def without_word(name: str, _: Names) -> tuple[str, str]:
    """Punctuation alone makes no id."""
    return ("", "") if plain_id(name) else ("no-word", "")


def repeated(name: str, names: Names) -> tuple[str, str]:
    """Equal but for case, punctuation and blanks."""
    other = names.equal(name)
    return ("repeated-name", other) if other else ("", "")


def near(name: str, names: Names) -> tuple[str, str]:
    """Nearly equal, by the measure that prune uses too (spec B5)."""
    if names.near is None:
        return "", ""
    other, score = names.nearest(name)
    return ("near-name", f"{other} ({score:.3f})") if score > names.near else ("", "")


RULES: list[Callable[[str, Names], tuple[str, str]]] = [too_long, without_word, repeated, near]
"""What a name must pass, in this order; each rule returns the reason word and the other name, ("", "") to let it in."""


def judge(name: str, names: Names) -> tuple[str, str]:
    """The reason to refuse a name and the name it repeats; ("", "") where it may be that of a new task."""
    return next((found for found in (rule(name, names) for rule in RULES) if found[0]), ("", ""))


def _forms(name: str) -> set[str]:
    return {" ".join(name.casefold().split()), plain_id(name)} - {""}
