r"""One spelling for answers that are written in several: signs of Unicode, mixed numbers, repeating decimals, units.

It comes before an answer is taken apart (mathforms.py), and leaves alone whatever it does not know.
"""

import re

SIGNS = str.maketrans(
    {
        "−": "-", "×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "÷": r"\div ", "±": r"\pm ", "π": r"\pi ",
        "∞": r"\infty ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "∪": r"\cup ", "∈": r"\in ", "∅": r"\emptyset ",
        "½": r"\frac{1}{2}", "⅓": r"\frac{1}{3}", "⅔": r"\frac{2}{3}", "¼": r"\frac{1}{4}", "¾": r"\frac{3}{4}",
        "²": "^2", "³": "^3", "’": "'",
    }
)  # fmt: skip
"""Signs that stand for a command, as models write them outside of LaTeX."""

UNITS = (
    "degrees?", "percent", "dollars?", "cents?", "units?", "(?:kilo|centi|milli)?met(?:er|re)s?", "[kcm]m",
    "inch(?:es)?", "f(?:oo|ee)t", "ft", "yards?", "miles?", "mph", "hours?", "hrs?", "min(?:ute)?s?", "sec(?:ond)?s?",
    "days?", "weeks?", "months?", "years?", "(?:kilo)?grams?", "kg", "pounds?", "lbs?", "ounces?", "lit(?:er|re)s?",
    "gallons?", "people", "students?", "ways?",
)  # fmt: skip
"""What a number may be of, as patterns. A list, since a word after a number can also change it (million, choose)."""

_ROOT = re.compile(r"√\s*(\d+|[A-Za-z])|√")
_MIXED = re.compile(r"(?<![\d/.^_])(\d+)\s+(\d+)/(\d+)(?![\d/.^])")
_REPEATING = re.compile(r"(?<![\d.])(\d*)\.(\d*)\\overline\s*(?:\{\s*(\d+)\s*\}|(\d))")
_UNIT = re.compile(
    rf"(?<=[\d)}}])\s+(?:(?:square|cubic|sq)\.?\s+)?(?:{'|'.join(UNITS)})(?:\s*\^\s*\{{?[23]\}}?)?$", re.IGNORECASE
)


def spelled(text: str) -> str:
    r"""An answer in LaTeX's spelling: `1 1/2` as `1\frac{1}{2}`, `0.\overline{3}` as a fraction, √2 as `\sqrt{2}`."""
    text = _ROOT.sub(lambda found: rf"\sqrt{{{found[1]}}}" if found[1] else r"\sqrt ", text).translate(SIGNS)
    text = _MIXED.sub(r"\1\\frac{\2}{\3}", text)
    return _REPEATING.sub(_as_fraction, text)


def without_unit(text: str) -> str:
    """An answer without the unit in plain words after its number (`12 cm`), as the rules do without a LaTeX text."""
    return _UNIT.sub("", text)


def _as_fraction(found: re.Match[str]) -> str:
    """What repeats is over as many nines as it has digits, and as many noughts as stand between it and the point."""
    whole, before, again = found[1] or "0", found[2], found[3] or found[4]
    above = int(whole + before + again) - int(whole + before)
    return rf"\frac{{{above}}}{{{'9' * len(again) + '0' * len(before)}}}"
