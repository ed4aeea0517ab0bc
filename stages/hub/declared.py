"""The licence that a dataset's card declares."""

from collections.abc import Mapping
from typing import Any

from stages.shared.hub import cards
from stages.shared.licenses import OTHER, binding, classes, kind, license_ids


def license_of(header: Mapping[str, Any], config: str) -> str:
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
