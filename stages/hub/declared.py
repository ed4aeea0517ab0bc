"""The licence that a dataset's card declares."""

import re
from collections.abc import Mapping
from typing import Any

from stages.shared.hub import cards
from stages.shared.licenses import OTHER, binding, classes, kind, license_id, license_ids

LICENSING = "Licensing Information"
"""The section in which a card speaks of its licence."""

_ADDRESS = re.compile(r"https?://[^\s)>\]\"]+")


def of_card(card: cards.CardText, config: str) -> str:
    """What `license_of` says of a whole card: of its header and its section on licensing."""
    return license_of(card.header, config, cards.section(card.sections, LICENSING))


def license_of(header: Mapping[str, Any], config: str, text: str = "") -> str:
    """The ids of the licences that a card declares for a config, as `license_ids` joins them.

    They are those of its header, and those that `text`, the section on licensing, names beside them and that bind more.
    """
    declared = of_header(header, config)
    return "|".join([*filter(None, [declared]), *stricter(declared, text)])


def stricter(declared: str, text: str) -> dict[str, str]:
    """The licences whose addresses a section on licensing gives, where they ask for more than all that are declared.

    Hub cards do say `cc-by-4.0` in the header and link the share-alike or the non-commercial licence in the text (snli,
    asset): then nobody may rely on the header alone. Each id comes with its address. None where the header's own
    licence is not known: whoever lets that in, has to look.
    """
    if not declared or any(kind(id) for id in declared.split("|")):
        return {}
    bound = {name for id in declared.split("|") for name in classes(id)}
    found = {license_id(address): address for address in _ADDRESS.findall(text)}
    return {id: address for id, address in found.items() if not kind(id) and not set(classes(id)) <= bound}


def of_header(header: Mapping[str, Any], config: str) -> str:
    """The ids of the licences that a card's header declares for a config, as `license_ids` joins them.

    `other` is what its license_name and license_link say where either is the name or address of a known licence and
    the two do not contradict each other.
    """
    joined = license_ids(cards.values(header, "license", config) or cards.values(header, "licenses", config))
    if OTHER not in joined.split("|"):
        return joined
    named = {
        license_ids((text,)) for key in ("license_name", "license_link") for text in cards.values(header, key, config)
    }
    known = {id for id in named if all(kind(one) in ("", OTHER) for one in id.split("|"))} - {"", OTHER}
    if len(known) != 1:
        return joined
    (only,) = known
    bound = {name for id in only.split("|") for name in classes(id)}
    if not binding(" ".join(named)) <= bound:
        return joined
    return "|".join(dict.fromkeys(only if id == OTHER else id for id in joined.split("|")))
