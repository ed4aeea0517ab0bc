"""Licence ids of dataset cards, brought to one spelling.

Cards say `apache-2.0`, `Apache License 2.0`, `cc-by-4-0` or the address of a licence; the hub's own lower-case ids are
what everything after the crawl compares (spec A4). A text that is no known licence stays as it was written, in lower
case, and is `unrecognised`: what a text says of commerce, derivatives or sharing alike is never lost on the way.
"""

import re
from collections.abc import Mapping

_KNOWN = """
    afl-3.0 agpl-3.0 apache-2.0 artistic-2.0 bigscience-openrail-m bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear
    bsl-1.0 c-uda cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-nc-2.0 cc-by-nc-2.5 cc-by-nc-3.0
    cc-by-nc-4.0 cc-by-nc-nd-2.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-2.5 cc-by-nc-sa-3.0
    cc-by-nc-sa-4.0 cc-by-nd-2.0 cc-by-nd-3.0 cc-by-nd-4.0 cc-by-sa-2.0 cc-by-sa-2.5 cc-by-sa-3.0 cc-by-sa-4.0
    cdla-permissive-1.0 cdla-permissive-2.0 cdla-sharing-1.0 creativeml-openrail-m ecl-2.0 epl-1.0 epl-2.0 etalab-2.0
    eupl-1.1 eupl-1.2 gfdl gpl gpl-2.0 gpl-3.0 isc lgpl lgpl-2.1 lgpl-3.0 lgpl-lr lppl-1.3c mit mpl-2.0 ms-pl ncsa
    odbl odc-by ofl-1.1 openrail osl-3.0 pddl postgresql unlicense wtfpl zlib
"""
KNOWN = frozenset(_KNOWN.split())
"""Ids of the hub for licences whose terms are published for anybody to use."""

NONE_DECLARED = "none declared"
"""What people are shown where nobody declared a licence."""

_CUSTOM = """
    apple-amlr apple-ascl bigcode-openrail-m bigscience-bloom-rail-1.0 cc cc-by cc-by-nc cc-by-nc-nd cc-by-nc-sa
    cc-by-nd cc-by-sa deepfloyd-if-license fair-noncommercial-research-license gemma grok2-community h-research
    intel-research llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 open-mdw openmdw-1.0 openrail++
"""
CUSTOM = frozenset(_CUSTOM.split())
"""Ids of the hub for terms of one maker, and families of licences without their version: known, and yet `other`."""

_SPDX = """
    AFL-3.0 AGPL-3.0-only Apache-2.0 Artistic-2.0 BSD-2-Clause BSD-3-Clause BSD-3-Clause-Clear BSL-1.0 C-UDA-1.0 CC0-1.0
    CDLA-Permissive-1.0 CDLA-Permissive-2.0 CDLA-Sharing-1.0 ECL-2.0 EPL-1.0 EPL-2.0 etalab-2.0 EUPL-1.1 EUPL-1.2
    GPL-2.0-only GPL-3.0-only ISC LGPL-2.1-only LGPL-3.0-only LGPLLR LPPL-1.3c MIT MPL-2.0 MS-PL NCSA
    ODbL-1.0 ODC-By-1.0 OFL-1.1 OSL-3.0 PDDL-1.0 PostgreSQL Unlicense WTFPL Zlib
"""

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
    "cc-zero-1.0": "cc0-1.0",
    "cc0-1.0-universal": "cc0-1.0",
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
    "c-uda-1.0": "c-uda",
    "cc-publicdomain-zero-1.0": "cc0-1.0",
    "lgpllr": "lgpl-lr",
    "new-bsd": "bsd-3-clause",
    "simplified-bsd": "bsd-2-clause",
    "open-database": "odbl",
    "open-data-commons-by": "odc-by",
    "mozilla-public-2.0": "mpl-2.0",
    "the-unlicense": "unlicense",
}
"""SPDX names and common spellings that the rules of `license_id` do not reach."""

UNKNOWN = "unknown"
OTHER = "other"
MISSING = "missing"
UNRECOGNISED = "unrecognised"
KINDS = (MISSING, UNKNOWN, OTHER, UNRECOGNISED)
"""The ways of not knowing a licence: none declared; declared as not known; terms of the maker's own; no known id."""

_SAYS_UNKNOWN = ("unknown", "none", "n/a", "na", "not-specified", "not-known", "unspecified", "undeclared", "null")

CLASSES = ("no-derivatives", "non-commercial", "share-alike")
"""What a policy can say of many licences at once; `classes` tells which a licence belongs to."""

_SHARE_ALIKE = ("gfdl", "odbl", "gpl", "lgpl", "agpl", "cdla-sharing", "osl", "eupl")
_NON_COMMERCIAL = ("intel-research", "apple-amlr", "h-research", "fair-noncommercial")

_RESTRICTIONS = {
    "no-derivatives": r"\bnd\b|\bno[-\s]?deriv|\bwithout[-\s]deriv|\bnon[-\s]?deriv",
    "non-commercial": r"\bnc\b|\bnon[-\s]?commerc|\b(?:no|not)\b.{0,20}\bcommerc"
    r"|\bcommerc.{0,20}\b(?:not|prohibited|forbidden|excluded)\b"
    r"|\b(?:research|academic|personal|education\w*)\b.{0,20}\b(?:only|use|purpose)",
    "share-alike": r"\bsa\b|\bshare[-\s]?alike\b|\bcopyleft\b",
}
"""Words of a licence's text that bind whoever uses it, by the class that they stand for."""

_CREATIVE_COMMONS = {"attribution": "by", "noncommercial": "nc", "sharealike": "sa", "noderivatives": "nd"}

_ADDRESSES = (
    (r"creativecommons\.org/licen[cs]es/([a-z-]+)/(\d\.\d)", r"cc-\1-\2"),
    (r"creativecommons\.org/(?:publicdomain/zero|share-your-work/public-domain/cc0)", "cc0-1.0"),
    (r"(?:opensource|spdx)\.org/licen[cs]es?/([a-z0-9.-]+?)(?:\.html|\.php)?$", r"\1"),
    (r"apache\.org/licen[cs]es/license-2\.0", "apache-2.0"),
    (r"gnu\.org/licen[cs]es/(?:old-licenses/)?([al]?gpl-\d\.\d)", r"\1"),
    (r"opendatacommons\.org/licen[cs]es/(odbl|pddl)", r"\1"),
    (r"opendatacommons\.org/licen[cs]es/by", "odc-by"),
    (r"mozilla\.org/(?:[a-z-]+/)?mpl/2\.0", "mpl-2.0"),
    (r"unlicense\.org", "unlicense"),
)
"""Addresses of licences, and the ids they stand for."""

LONGEST = 200
"""Characters of the longest text that can name a licence; a longer one is left as it is."""

_JOINT = re.compile(r"\s+(?:or|and)\s+|\s*[;,/&+]\s*", re.IGNORECASE)


def license_id(text: str) -> str:
    """The hub's id of one licence as a card writes it; `unknown`, `other`, or the text itself in lower case.

    A licence is recognised only where it binds at least as much as the words of the text say.
    """
    plain = re.sub(r"[\s_]+", "-", text.strip().casefold())
    if len(plain) > LONGEST:
        return plain
    found = _address_id(plain) if re.search(r"\w\.(org|com|net|html|txt)\b", plain) else _name_id(plain)
    return found if _keeps(plain, found) else plain


def license_ids(texts: tuple[str, ...]) -> str:
    """The ids of all licences of a card joined by `|`, each once, in the card's order; "" where it declares none.

    `MIT OR Apache-2.0` and the like are several licences, each of which must be let in, whichever word joins them.
    """
    found = [id for text in texts for id in _expression(text)]
    return "|".join(dict.fromkeys(id.replace("|", "-") for id in found if id))


def row_license(*texts: str) -> str:
    """What a row is under, in the one spelling, as its description writes it; a text may be several already (`a|b`)."""
    return license_ids(tuple(part for text in texts for part in text.split("|")))


def kind(id: str) -> str:
    """Which of KINDS of not knowing a licence id is, or "" for one that is known."""
    if id in KNOWN:
        return ""
    if not id:
        return MISSING
    if id in (UNKNOWN, OTHER):
        return id
    return OTHER if id in CUSTOM else UNRECOGNISED


def spdx(id: str) -> str:
    """The SPDX identifier of a hub id, or "" where there is none; GPL versions are read as `-only`, the narrower."""
    return SPDX.get(id, "")


def classes(id: str) -> tuple[str, ...]:
    """The entries of CLASSES that a licence id belongs to; an unrecognised one by the words it holds."""
    parts = id.split("-")
    said = binding(id) if kind(id) == UNRECOGNISED else set()
    found = {
        "no-derivatives": "nd" in parts,
        "non-commercial": "nc" in parts or id.startswith(_NON_COMMERCIAL),
        "share-alike": "sa" in parts or id.startswith(_SHARE_ALIKE),
    }
    return tuple(name for name in CLASSES if found[name] or name in said)


def _name_id(plain: str) -> str:
    words = re.sub(r"\b(non|share|no)-(commercial|alike|derivatives?|derivs?)\b", r"\1\2", plain)
    words = re.sub(r"\bcreative-commons\b", "cc", words)
    words = re.sub(r"\bnoderiv(ative|s)?\b", "noderivatives", words)
    for name, short in _CREATIVE_COMMONS.items():
        words = re.sub(rf"\b{name}\b", short, words)
    words = re.sub(
        r"^the-|-(international|unported|generic)\b|-licen[cs]e\b|-version\b|-with-.*-exception.*$", "", words
    )
    words = re.sub(r"-?\(.*\)$|,", "", words)
    words = re.sub(r"-only$|-or-later$|(?<=\d)\+$", "", words)
    words = re.sub(r"(\b|(?<=gpl))v(?=\d)", "", words)
    words = re.sub(r"^(?:gnu-)?(?:(l)esser-|(a)ffero-)?general-public\b", r"\1\2gpl", words)
    words = re.sub(r"^gnu-(?=[al]?gpl)|-universal$", "", words)
    words = re.sub(r"(?<=\d)-(?=\d+$)", ".", words)
    words = re.sub(r"^((?:cc-by|[al]?gpl|apache|mpl|epl)[a-z-]*?)-?(\d)$", r"\1-\2.0", words)
    words = re.sub(r"^([al]?gpl)(\d\.\d)$", r"\1-\2", words)
    if words in _SAYS_UNKNOWN:
        return UNKNOWN
    if words == OTHER or words.startswith("other-"):
        return OTHER
    return ALIASES.get(words, words)


def _address_id(plain: str) -> str:
    for pattern, id in _ADDRESSES:
        if match := re.search(pattern, plain.rstrip("/")):
            return _name_id(match.expand(id))
    return plain


def _expression(text: str) -> list[str]:
    """The ids of a text that joins licences, or its one id where its parts are not all known."""
    whole = license_id(text)
    if kind(whole) != UNRECOGNISED or "://" in text or len(text) > LONGEST:
        return [whole]
    found = [license_id(part) for part in _JOINT.split(text.strip().strip("()"))]
    lost = binding(whole) - {name for id in found for name in classes(id)}
    return [whole] if lost or any(kind(id) in (MISSING, UNRECOGNISED) for id in found) else found


def binding(text: str) -> set[str]:
    """The entries of CLASSES whose words stand in a text."""
    words = text.casefold().replace("_", "-")
    return {name for name, pattern in _RESTRICTIONS.items() if re.search(pattern, words)}


def _keeps(plain: str, found: str) -> bool:
    """Whether a licence binds as much as the words of its text do; terms of the maker's own bind to anything."""
    return found == OTHER or (found != "" and binding(plain) <= set(classes(found)))


def _spdx_ids() -> dict[str, str]:
    known = {license_id(name): name for name in _SPDX.split()}
    return known | {id: id.upper() for id in KNOWN if id.startswith("cc-by-")}


SPDX: Mapping[str, str] = _spdx_ids()
"""The SPDX identifier of each hub id that has one."""
