r"""Answers to mathematical questions, compared by meaning: numbers, lists, intervals, matrices, equations, words.

An answer is taken apart at its outermost marks (comma, bracket, union, equals sign); what is left in the end are
expressions, which are compared by value, and words. The unit, degree, percent and money signs count as little as for
the original rules (spec B8). What can't be read is equal to nothing here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from stages.model.mathreading import SPACES, same
from stages.model.mathspelling import spelled, without_unit
from stages.model.mathvalue import FUNCTIONS, UnreadableError

LONGEST, MOST_ITEMS, DEEPEST = 2000, 24, 6
"""Characters of an answer; items of a list, each of which may be compared with each; lists within each other."""


@dataclass(frozen=True)
class Form:
    """An answer taken apart.

    kind: `word`, `number` (with a base), `expression`, `row` (in order: a tuple, an interval, a matrix and its rows),
    `several` (in any order: a set, a list of solutions), `union`, or a relation's sign with its two sides as parts.
    text: the word or expression; of a row its brackets.
    """

    kind: str
    text: str = ""
    parts: tuple["Form", ...] = ()


_WRAPPED = re.compile(r"\(?\s*\\(?:text|mbox|textbf|textrm|textit|mathrm|mathbf)\s*\{([^{}]*)\}\s*\)?")
_UNIT = re.compile(r"(?<=[\w})])\s*\\(?:text|mbox|textrm|mathrm)\s*\{[^{}]*\}(?:\s*\^\s*\{?\d\}?)?$")
_AND = re.compile(r"\\(?:text|mbox|textrm|mathrm)\s*\{\s*(?:and|or)\s*\}|(?<![A-Za-z\\])(?:and|or)(?![A-Za-z])")
_MATRIX = re.compile(r"\\begin\s*\{([pb]matrix)\}(.*)\\end\s*\{\1\}", re.DOTALL)
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_BASED = re.compile(r"(\d+)\s*_\s*(?:\{\s*(\d+)\s*\}|(\d+))")
_NAMED = re.compile(r"\\[A-Za-z]+|[A-Za-z]|[A-Za-z](?:_\{?\w+\}?|\([A-Za-z]\))")
_CHAIN = re.compile(r"(.+?)\s*(<=|<|\\leq?(?![A-Za-z]))\s*([A-Za-z])\s*(<=|<|\\leq?(?![A-Za-z]))\s*(.+)")
_DATED = re.compile(r"[A-Za-z0-9 .,'-]*[A-Za-z]{2}[A-Za-z0-9 .,'-]*")
_MARKUP = re.compile(r"\\(?:text|mbox|textbf|textrm|textit|mathrm|mathbf)\s*\{([^{}]*)\}|[\s~]+")
_DROPPED = re.compile(r"\\(?:left|right|displaystyle|limits)(?![A-Za-z])|\\[!$%]|[$%]|\\(?=$)")
_DEGREE = re.compile(r"\^\s*(?:\{\s*\\circ\s*\}|\\circ)|\\degree|°")
_FUNCTION = re.compile(rf"\\?(?:{'|'.join(sorted(FUNCTIONS))}|sqrt)(?![a-z])")
_RELATIONS = (
    ("=", "="), (r"\leq", "<="), (r"\le", "<="), (r"\geq", ">="), (r"\ge", ">="), ("<=", "<="), (">=", ">="),
    ("<", "<"), (">", ">"), (r"\in", "in"), (r"\neq", "!="), (r"\ne", "!="),
)  # fmt: skip
_TURNED = {">": "<", ">=": "<="}


def equivalent(one: str, other: str) -> bool:
    """Whether two answers mean the same; where one of them can't be read, whether both are the same words."""
    try:
        return _same(form(one), form(other))
    except UnreadableError:
        plain = [_MARKUP.sub(lambda found: found[1] or " ", text).strip(" .").lower() for text in (one, other)]
        return _DATED.fullmatch(plain[0]) is not None and " ".join(plain[0].split()) == " ".join(plain[1].split())


def form(text: str) -> Form:
    """An answer taken apart; raise UnreadableError where it has too many parts or nothing in it."""
    if len(text) > LONGEST:
        raise UnreadableError(f"expected an answer of at most {LONGEST} characters, got {len(text)}")
    text = re.sub(r"(?<=\d)(?:\{,\}|,\\!\s*|\\,)(?=\d)", "", spelled(text))
    text = _DROPPED.sub("", SPACES.sub(" ", text)).strip().removesuffix(".").strip()
    if not _FUNCTION.search(text):
        # Of an angle the mark is a unit; in a function's argument it changes the value.
        text = without_unit(_DEGREE.sub("", text))
    return _form(text, 0)


def _form(text: str, depth: int) -> Form:
    text = text.strip()
    if not text or depth > DEEPEST:
        came = "too many lists within each other" if text else "nothing"
        raise UnreadableError(f"expected an answer, got {came}")
    if wrapped := _WRAPPED.fullmatch(text):
        inner = wrapped[1].strip()
        return _form(inner, depth + 1) if re.search(r"\d", inner) else Form("word", _word(inner))
    text = _UNIT.sub("", text)
    if re.fullmatch(r"\(?[A-Za-z]\)?", text) or (
        re.fullmatch(r"[A-Za-z][A-Za-z' -]+[A-Za-z]", text) and not _FUNCTION.match(text)
    ):
        return Form("word", _word(text))
    if "\\pm" in text or "\\mp" in text:
        signs = ("+", "-"), ("-", "+")
        return _several([text.replace("\\pm", plus).replace("\\mp", minus) for plus, minus in signs], depth)
    if matrix := _MATRIX.fullmatch(text):
        rows = [row.split("&") for row in matrix[2].split("\\\\") if row.strip()]
        return _row("matrix", [_row("", _parts(cells, depth)) for cells in rows])
    if "(" not in text and "[" not in text:
        text = _THOUSANDS.sub(lambda match: match[0].replace(",", ""), text)
    return _taken_apart(text, depth)


def _taken_apart(text: str, depth: int) -> Form:
    for split in (_by_commas, _by_union, _by_chain, _by_relation, _by_brackets):
        if found := split(text, depth):
            return found
    if based := _BASED.fullmatch(text):
        return Form("number", f"{int(based[1])}_{int(based[2] or based[3])}")
    if text in ("\\emptyset", "\\varnothing"):
        return Form("several")
    return Form("expression", text)


def _by_commas(text: str, depth: int) -> Form | None:
    pieces = list(chain.from_iterable(_split(piece, ",") for piece in _AND.split(text)))
    # "1, 2, and 3" has nothing between the last comma and its word.
    pieces = [piece for piece in pieces if piece.strip()]
    return _several(pieces, depth) if len(pieces) > 1 else None


def _by_union(text: str, depth: int) -> Form | None:
    pieces = _split(text, r"\cup")
    return Form("union", "", _parts(pieces, depth)) if len(pieces) > 1 else None


def _by_chain(text: str, depth: int) -> Form | None:
    """A letter between two bounds, which is an interval."""
    if found := _CHAIN.fullmatch(text):
        brackets = ("(" if found[2] == "<" else "[") + (")" if found[4] == "<" else "]")
        return _row(brackets, _parts((found[1], found[5]), depth))
    return None


def _by_relation(text: str, depth: int) -> Form | None:
    for sign, kind in _RELATIONS:
        sides = _split(text, sign)
        if len(sides) == 2:
            left, right = _parts(sides, depth)
            if kind == "in":
                return right
            return Form(_TURNED[kind], "", (right, left)) if kind in _TURNED else Form(kind, "", (left, right))
    return None


def _by_brackets(text: str, depth: int) -> Form | None:
    if text.startswith("\\{") and text.endswith("\\}"):
        inner = text[2:-2].strip()
        return _several(_split(inner, ",") if inner else [], depth)
    if text[0] in "([" and text[-1] in ")]":
        items = _split(text[1:-1], ",")
        if len(items) > 1:
            return _row(text[0] + text[-1], _parts(items, depth))
    return None


def _several(pieces: Sequence[str], depth: int) -> Form:
    return Form("several", "", _parts(pieces, depth))


def _parts(pieces: Sequence[str], depth: int) -> tuple[Form, ...]:
    if len(pieces) > MOST_ITEMS:
        raise UnreadableError(f"expected at most {MOST_ITEMS} items, got {len(pieces)}")
    return tuple(_form(piece, depth + 1) for piece in pieces)


def _row(brackets: str, parts: Sequence[Form]) -> Form:
    if len(parts) > MOST_ITEMS:
        raise UnreadableError(f"expected at most {MOST_ITEMS} items, got {len(parts)}")
    return Form("row", brackets, tuple(parts))


def _split(text: str, mark: str) -> list[str]:
    """The pieces between marks that stand outside all brackets; of an interval the brackets may be of two kinds."""
    pieces, depth, start, place = [], 0, 0, 0
    while place < len(text):
        depth += (text[place] in "([{") - (text[place] in ")]}")
        end = place + len(mark)
        # \\in is not the beginning of \\infty.
        whole = not (mark[-1].isalpha() and text[end : end + 1].isalpha())
        if depth == 0 and whole and text.startswith(mark, place):
            pieces.append(text[start:place])
            start = place = end
        else:
            place += 1
    return [*pieces, text[start:]]


def _word(text: str) -> str:
    """A word as it is compared: without brackets and doubled blanks, in small letters; one letter stays as it is."""
    text = " ".join(text.strip("().,:; ").split())
    return text if len(text) == 1 else text.lower()


def _same(one: Form, other: Form) -> bool:
    if one.kind != other.kind:
        if "=" in (one.kind, other.kind):
            # "x = 5" answers what "5" answers, where x is but a name.
            equation, answer = (one, other) if one.kind == "=" else (other, one)
            return _is_name(equation.parts[0]) and _same(equation.parts[1], answer)
        bound, interval = (one, other) if one.kind in ("<", "<=") else (other, one)
        return interval.kind == "row" and bound.kind in ("<", "<=") and _same(_ray(bound), interval)
    if one.kind == "expression":
        return same(one.text, other.text)
    if one.text != other.text or len(one.parts) != len(other.parts):
        return False
    if one.kind in ("several", "union", "=", "!="):
        return _in_any_order(one.parts, other.parts)
    return all(map(_same, one.parts, other.parts))


def _ray(bound: Form) -> Form:
    """The interval that a bound on a letter alone leaves, as (2, infinity) for x > 2; the bound itself for others."""
    left, right = bound.parts
    edge = bound.kind == "<="
    if _is_name(right):
        return _row("[)" if edge else "()", (left, Form("expression", "\\infty")))
    if _is_name(left):
        return _row("(]" if edge else "()", (Form("expression", "-\\infty"), right))
    return bound


def _is_name(side: Form) -> bool:
    return side.kind in ("word", "expression") and _NAMED.fullmatch(side.text) is not None and len(side.text) <= 8


def _in_any_order(ones: Sequence[Form], others: Sequence[Form]) -> bool:
    """Whether each has a partner of its own; being alike goes through, so the first that fits will do."""
    left = list(others)
    for one in ones:
        partner = next((place for place, other in enumerate(left) if _same(one, other)), None)
        if partner is None:
            return False
        del left[partner]
    return True
