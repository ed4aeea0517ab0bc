"""Licence ids and languages of dataset cards, brought to one spelling.

Cards say `apache-2.0`, `Apache License 2.0` or `cc-by-4-0`; the hub's own lower-case ids are what everything after the
crawl compares (spec A4). An id that is no known one stays as it was written, in lower case, and counts as `other`.
"""

import re

_KNOWN = """
    afl-3.0 agpl-3.0 apache-2.0 artistic-2.0 bigscience-openrail-m bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear
    bsl-1.0 c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-nc-2.0 cc-by-nc-2.5 cc-by-nc-3.0
    cc-by-nc-4.0 cc-by-nc-nd-2.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-2.5 cc-by-nc-sa-3.0
    cc-by-nc-sa-4.0 cc-by-nd-2.0 cc-by-nd-3.0 cc-by-nd-4.0 cc-by-sa-2.0 cc-by-sa-2.5 cc-by-sa-3.0 cc-by-sa-4.0
    cdla-permissive-1.0 cdla-permissive-2.0 cdla-sharing-1.0 creativeml-openrail-m ecl-2.0 epl-1.0 epl-2.0 etalab-2.0
    eupl-1.1 eupl-1.2 gfdl gpl gpl-2.0 gpl-3.0 isc lgpl lgpl-2.1 lgpl-3.0 lgpl-lr lppl-1.3c mit mpl-2.0 ms-pl ncsa
    odbl odc-by ofl-1.1 openrail osl-3.0 pddl postgresql unlicense wtfpl zlib
"""
KNOWN = frozenset(_KNOWN.split())
"""Ids that the hub offers for datasets."""

ALIASES = {
    "apache": "apache-2.0",
    "apache2": "apache-2.0",
    "apache-2": "apache-2.0",
    "bsd-2": "bsd-2-clause",
    "bsd-3": "bsd-3-clause",
    "cc0": "cc0-1.0",
    "cc-0": "cc0-1.0",
    "cc-0-1.0": "cc0-1.0",
    "cc-zero": "cc0-1.0",
    "computational-use-of-data-agreement": "c-uda",
    "gfdl-1.3": "gfdl",
    "gnu-fdl": "gfdl",
    "gnu-free-documentation": "gfdl",
    "microsoft-public": "ms-pl",
    "mspl": "ms-pl",
    "odbl-1.0": "odbl",
    "odc-by-1.0": "odc-by",
    "odc-odbl": "odbl",
    "ofl": "ofl-1.1",
    "pddl-1.0": "pddl",
    "the-unlicense": "unlicense",
}
"""SPDX names and common spellings that the rules of `license_id` do not reach."""

UNKNOWN = "unknown"
OTHER = "other"
_SAYS_UNKNOWN = ("unknown", "none", "n/a", "na", "not-specified", "not-known", "unspecified", "undeclared")

CLASSES = ("unknown", "other", "no-derivatives", "non-commercial", "share-alike")
"""What a policy can say of many licences at once; `classes` tells which a licence belongs to."""

_SHARE_ALIKE = ("gfdl", "odbl", "gpl", "lgpl", "agpl", "cdla-sharing", "osl", "eupl")

LANGUAGE_NAMES = {"english": "en", "eng": "en"}
"""Spellings of English that are no two-letter code."""

_CREATIVE_COMMONS = {"attribution": "by", "noncommercial": "nc", "sharealike": "sa", "noderivatives": "nd"}


def license_id(text: str) -> str:
    """The hub's id of one licence as a card writes it; `unknown`, `other`, or the text itself in lower case."""
    words = re.sub(r"[\s_]+", "-", text.strip().casefold())
    words = re.sub(r"\b(non|share|no)-(commercial|alike|derivatives?|derivs?)\b", r"\1\2", words)
    words = re.sub(r"\bcreative-commons\b", "cc", words)
    words = re.sub(r"\bnoderiv(ative|s)?\b", "noderivatives", words)
    for name, short in _CREATIVE_COMMONS.items():
        words = re.sub(rf"\b{name}\b", short, words)
    words = re.sub(r"^the-|-(international|unported|generic)\b|-licen[cs]e\b|-version\b|-only$|-or-later$", "", words)
    words = re.sub(r"-?\(.*\)$|,", "", words)
    words = re.sub(r"(\b|(?<=gpl))v(?=\d)", "", words)
    words = re.sub(r"^gnu-(?=[al]?gpl)", "", words)
    words = re.sub(r"(?<=\d)-(?=\d+$)", ".", words)
    words = re.sub(r"^((?:cc-by|[al]?gpl|apache|mpl|epl)[a-z-]*?)-?(\d)$", r"\1-\2.0", words)
    if words in _SAYS_UNKNOWN:
        return UNKNOWN
    if words == OTHER or words.startswith("other-"):
        return OTHER
    return ALIASES.get(words, words)


def license_ids(texts: tuple[str, ...]) -> str:
    """The ids of all licences of a card joined by `|`, each once, in the card's order; "" where it declares none."""
    return "|".join(dict.fromkeys(license_id(text).replace("|", "-") for text in texts))


def classes(id: str) -> tuple[str, ...]:
    """The entries of CLASSES that a licence id belongs to; an id that the hub does not know counts as `other`."""
    parts = id.split("-")
    found = {
        "unknown": id == UNKNOWN,
        "other": id != UNKNOWN and id not in KNOWN,
        "no-derivatives": "nd" in parts,
        "non-commercial": "nc" in parts,
        "share-alike": "sa" in parts or id.startswith(_SHARE_ALIKE),
    }
    return tuple(name for name in CLASSES if found[name])


def language_ids(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The primary language subtags of a card (`en-US` is `en`), each once, in the card's order."""
    found = []
    for text in texts:
        tag = re.split(r"[-_]", text.casefold(), maxsplit=1)[0].strip()
        found.append(LANGUAGE_NAMES.get(tag, tag))
    return tuple(dict.fromkeys(found))
