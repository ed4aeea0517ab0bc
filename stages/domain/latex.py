"""LaTeX in replies: the answer of a worked solution in its box, and commands that JSON has read as escapes."""

import re

_ANSWER = re.compile(r"^[ \t]*+[*_#]*+[ \t]*+(?:final )?answer[*_]*+[ \t]*+:[*_]*+", re.IGNORECASE | re.MULTILINE)
_ANSWER_IN_LINE = re.compile(r"\b[Aa]nswer:(?= )")
_BOX = re.compile(r"\\f?box(?:ed)?\b")
_PAIRS = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"))
_BARE_PERCENT = re.compile(r"(?<!\\)%")
_BARE_DOLLAR = re.compile(r"(?<!\\)\$")
_ESCAPE = re.compile(r"""\\(["'\\/bfnrt]|u[0-9a-fA-F]{4})?""")
_EATEN = (
    (re.compile("\b"), r"\\b"),
    (re.compile("\f"), r"\\f"),
    (re.compile("\r(?=[a-z])"), r"\\r"),
    (re.compile("\t(?=(?:imes|ext[a-z]*|heta|an[h]?|frac|riangle|ilde|au|herefore|binom|op)(?![a-z]))"), r"\\t"),
    (re.compile("\n(?=(?:eq|abla|ot|otin|leq|geq)(?![a-z]))"), r"\\n"),
)


def boxed(output: str) -> str:
    r"""A worked solution whose answer stands in a box: what follows the last `Answer:` is wrapped where it has none.

    `$5$` becomes `$\boxed{5}$` and `x = 12` becomes `\boxed{x = 12}`; a final period stays outside. The original
    wraps all but the first and the last character, whatever they are (spec B4). Text without an answer stays as it is.
    """
    found = list(_ANSWER.finditer(output)) or list(_ANSWER_IN_LINE.finditer(output))
    if not found:
        return output
    before, after = output[: found[-1].end()], output[found[-1].end() :]
    answer = after.lstrip()
    if not answer or _BOX.search(answer):
        return output
    blank = after[: len(after) - len(answer)]
    answer, rest = _parted(answer)
    return f"{before}{blank or ' '}{_in_box(answer)}{rest}"


def _parted(text: str) -> tuple[str, str]:
    """The answer itself, and the lines after it; a formula set apart may have several lines."""
    for opening, closing in (("$$", "$$"), ("\\[", "\\]")):
        if text.startswith(opening):
            end = text.find(closing, len(opening))
            if end >= 0:
                after = text.find("\n", end)
                return (text, "") if after < 0 else (text[:after], text[after:])
    end = text.find("\n")
    return (text, "") if end < 0 else (text[:end], text[end:])


def _in_box(answer: str) -> str:
    """The answer in a box, its final period and bold marks around it, a formula's own signs too."""
    inner, end = _ended(answer)
    bold = "**" if len(inner) > 4 and inner.startswith("**") and inner.endswith("**") else ""
    inner = inner.removeprefix(bold).removesuffix(bold)
    opening, closing = next((pair for pair in _PAIRS if _is_one_formula(inner, *pair)), ("", ""))
    inner = inner[len(opening) : len(inner) - len(closing)]
    blank = inner[: len(inner) - len(inner.lstrip())]
    inner, point = _ended(inner.lstrip())
    if not inner or not _balanced(inner):
        return answer
    inner = _BARE_PERCENT.sub(r"\%", inner)
    if len(_BARE_DOLLAR.findall(inner)) % 2:
        inner = _BARE_DOLLAR.sub(r"\$", inner)
    elif _BARE_DOLLAR.search(inner) or "\\(" in inner:
        inner = f"\\text{{{inner}}}"  # a formula may stand in text, and text in a box; a formula in a formula no
    return f"{bold}{opening}{blank}\\boxed{{{inner}}}{point}{closing}{bold}{end}"


def _ended(text: str) -> tuple[str, str]:
    """A text, and the period and white space at its end."""
    inner = text.rstrip()
    if inner.endswith(".") and not inner.endswith(".."):
        inner = inner[:-1].rstrip()
    return inner, text[len(inner) :]


def _is_one_formula(text: str, opening: str, closing: str) -> bool:
    """Whether a text is one formula between these signs."""
    inner = text[len(opening) : len(text) - len(closing)].strip()
    is_between = text.startswith(opening) and text.endswith(closing) and len(text) > len(opening) + len(closing)
    return is_between and bool(inner) and closing not in inner and not _BARE_DOLLAR.search(inner)


def _balanced(text: str) -> bool:
    """Whether a text can stand in braces: its own are paired, and no backslash at its end would take the next."""
    if (len(text) - len(text.rstrip("\\"))) % 2:
        return False
    depth = 0
    for brace in re.findall(r"\\.|[{}]", text, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            return False
    return depth == 0


def escaped(text: str) -> str:
    r"""JSON in which a backslash that begins no escape stands for itself, as models write LaTeX; `\'` is a quote."""
    return _ESCAPE.sub(lambda found: "'" if found[1] == "'" else found[0] if found[1] else "\\\\", text)


def restored(text: str) -> str:
    r"""A text from JSON with the commands that were read as escapes: `\frac` arrives as a form feed and `rac`."""
    for pattern, command in _EATEN:
        text = pattern.sub(command, text)
    return text
