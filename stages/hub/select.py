"""Select the configs of a wave that policy lets in: licence, languages, modality, usable fields (spec A2-A4).

The rules stand in one list; each looks at a card and returns a reason word or None. The first reason counts, and the
detail of a drop names the others too, so that whoever changes the policy sees what else stands in the way.
"""

import argparse
import re
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from stages.hub import licenses
from stages.hub.identifiers import is_hidden
from stages.shared import params, stage
from stages.shared.files import read_jsonl, write_jsonl
from stages.shared.ledger import opened
from stages.shared.records import Card

SCALARS = re.compile(r"string|label|bool|u?int\d+|float\d+|decimal\w*\(.*\)|date\d+.*|time\d+.*|timestamp.*")
"""Types of one value, which a task may show or ask for."""

LISTS = ("list<string>", "list<label>")
"""Types of several values that a task may show."""

_CONFIG_LANGUAGE = re.compile(r"(?P<language>[A-Za-z]+)(?:[-_][A-Z]{2})?")


def _deniable(word: str) -> str:
    if word not in (*licenses.CLASSES, *licenses.KNOWN):
        raise ValueError(f"no licence id of the hub and none of {', '.join(licenses.CLASSES)}")
    return word


class SelectParams(params.Section):
    """What is let in.

    license_deny: ids and classes (licenses.CLASSES) that are kept out. license_allow: ids that are let in though a
    class keeps them out; where it holds any, no other id is let in. *_missing: what becomes of a card that declares
    none. languages: those let in; with `en` also `code`. language_by_config: a config of a multilingual dataset that
    is named after one of `languages` counts as being in it. modalities_deny: feature types that keep a config out.
    min_usable_fields: fewest fields that a task could use.
    """

    license_deny: list[Annotated[str, AfterValidator(_deniable)]]
    license_allow: list[str]
    license_missing: Literal["keep", "drop"]
    languages: Annotated[list[str], Field(min_length=1)]
    language_missing: Literal["keep", "drop"]
    language_by_config: bool
    modalities_deny: list[Literal["image", "audio", "video", "pdf", "array"]]
    min_usable_fields: Annotated[int, Field(ge=1)]


Rule = Callable[[Card, SelectParams], str | None]


def license_rule(card: Card, section: SelectParams) -> str | None:
    """licence-missing; licence-unknown, -other, -no-derivatives ...; licence-mixed where only some are denied."""
    if not card.license:
        return "licence-missing" if section.license_missing == "drop" else None
    reasons = [license_reason(id, section) for id in card.license.split("|")]
    if all(reasons):
        return reasons[0]
    return "licence-mixed" if any(reasons) else None


def license_reason(id: str, section: SelectParams) -> str | None:
    """Why one licence id is kept out, or None."""
    denied = [name for name in licenses.classes(id) if name in section.license_deny]
    if id in section.license_deny and not denied:
        return "licence-denied"
    if id in section.license_allow:
        return None
    if denied:
        return f"licence-{denied[0]}"
    return "licence-not-allowed" if section.license_allow else None


def language_rule(card: Card, section: SelectParams) -> str | None:
    """language-missing; language-other for one that is not let in; language-several for several, not all let in."""
    if not card.languages:
        return "language-missing" if section.language_missing == "drop" else None
    if all(is_allowed_language(language, section) for language in card.languages):
        return None
    return "language-several" if len(card.languages) > 1 else "language-other"


def split_rule(card: Card, section: SelectParams) -> str | None:  # noqa: ARG001 - all rules are called alike
    """no-usable-split: crawl found no split to read, as none is for training or validation."""
    return None if card.splits else "no-usable-split"


def modality_rule(card: Card, section: SelectParams) -> str | None:
    """modality: a column holds images, sound or the like, by its type and not by its name."""
    types = {feature.type for feature in card.features.values()}
    return "modality" if types.intersection(section.modalities_deny) else None


def field_rule(card: Card, section: SelectParams) -> str | None:
    """single-field; not-proposed where no field could be in a prompt; too-few-usable-fields."""
    if len(card.features) <= 1:
        return "single-field"
    usable = len(usable_fields(card))
    if usable == 0:
        return "not-proposed"
    return "too-few-usable-fields" if usable < section.min_usable_fields else None


RULES: tuple[Rule, ...] = (split_rule, modality_rule, field_rule, license_rule, language_rule)
"""The policy, in the order in which reasons count: what no policy could mend comes first."""


def reasons(card: Card, section: SelectParams) -> list[str]:
    """The reasons that keep a card out, in the order of RULES; [] where it is let in."""
    return [reason for rule in RULES if (reason := rule(card, section))]


def usable_fields(card: Card) -> list[str]:
    """The fields that a task could use: one value or a list of texts, and no id that prompts hide."""
    return [name for name, feature in card.features.items() if is_usable(feature.type) and not is_hidden(name)]


def is_usable(type: str) -> bool:
    """Whether a feature type is one value or a list of texts; nested values and bytes are neither."""
    return type in LISTS or SCALARS.fullmatch(type) is not None


def is_allowed_language(language: str, section: SelectParams) -> bool:
    """Whether a language is let in; `code` counts as English (spec A3)."""
    return language in section.languages or (language == "code" and "en" in section.languages)


def narrowed(card: Card, section: SelectParams) -> Card:
    """With language_by_config, the card of a config such as `en`, `en_US` or `english` in that one language."""
    match = _CONFIG_LANGUAGE.fullmatch(card.config)
    if not section.language_by_config or len(card.languages) < 2 or not match:
        return card
    found = licenses.language_ids((match["language"],))
    return card.model_copy(update={"languages": found}) if found[0] in section.languages else card


def describe(card: Card, found: list[str]) -> str:
    """What a drop says beside its reason: the value at fault, then the other reasons."""
    values = {
        "licence": card.license,
        "language": ", ".join(card.languages),
        "modality": ", ".join(f"{name} {feature.type}" for name, feature in card.features.items()),
    }
    value = values.get(found[0].split("-")[0], ", ".join(card.features))[:200]
    return f"{value}; also {', '.join(found[1:])}" if found[1:] else value


def main(paths: argparse.Namespace) -> None:
    """Read the cards of a wave; write those let in, what was dropped, and the counts."""
    section = params.read("select", SelectParams)
    kept: list[Card] = []
    undeclared: dict[str, int] = {}
    with opened("select", paths.dropped, paths.metrics, kept_undeclared=undeclared) as book:
        for found in read_jsonl(paths.cards, Card):
            card = narrowed(found, section)
            book.read("configs")
            why = reasons(card, section)
            if why:
                book.drop("configs", f"{card.dataset}:{card.config}", why[0], describe(card, why))
            else:
                book.keep("configs")
                kept.append(card)
        undeclared["license"] = sum(not card.license for card in kept)
        undeclared["language"] = sum(not card.languages for card in kept)
        write_jsonl(paths.kept, kept)


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("cards",), outputs=("kept", "dropped", "metrics"))
