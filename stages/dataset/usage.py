"""What the dataset is to be used for, and the rows that this leaves out, by their licences and other terms."""

from functools import lru_cache
from typing import Literal

from stages.shared import licenses

Use = Literal["all", "research", "commercial"]

REASONS = {
    "no-derivatives": "its licence or terms let nobody publish what is made of it, as a cleaned and mixed dataset is",
    "non-commercial": "its licence or terms forbid commercial use",
    "license-unknown": "nothing says that its licence permits commercial use: none is declared, or none that is known",
    "terms": "terms beside its licence bind whoever uses it",
}
"""Why `merge.use` leaves a row out. All four words hold for `commercial`, the first alone for `research`."""


@lru_cache(maxsize=10_000)
def unfit(license: str, terms: str, use: Use) -> str:
    """The reason word for which a row is left out, "" where it fits; of several licences (`a|b`) each must fit.

    What terms say of commerce and of derivatives counts as if the licence said it.
    """
    if use == "all":
        return ""
    ids = [licenses.license_id(id) for id in license.split("|")] if license else [""]
    bound = {*licenses.binding(terms), *(name for id in ids for name in licenses.classes(id))}
    if "no-derivatives" in bound:
        return "no-derivatives"
    if use == "research":
        return ""
    if "non-commercial" in bound:
        return "non-commercial"
    if any(licenses.kind(id) for id in ids):
        return "license-unknown"
    return "terms" if terms else ""
