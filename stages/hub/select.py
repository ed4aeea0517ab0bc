"""Select the configs of a wave that policy lets in: licence, languages, modality, usable fields (spec A2-A4).

The rules stand in one list; each looks at a card and returns a reason word or None. The first reason counts, and the
detail of a drop names the others too, so that whoever changes the policy sees what else stands in the way.
"""

import argparse
import re
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from stages.hub.identifiers import is_hidden
from stages.hub.languages import CODE, contradicts, language_ids
from stages.hub.translations import is_translation
from stages.shared import licenses, params, stage
from stages.shared.files import read_jsonl, write_jsonl
from stages.shared.ledger import opened
from stages.shared.records import Card

SCALARS = re.compile(r"string|label|bool|u?int\d+|float\d+|decimal\w*\(.*\)|date\d+.*|time\d+.*|timestamp.*")
"""Types of one value, which a task may show or ask for."""

LISTS = ("list<string>", "list<label>")
"""Types of several values that a task may show."""

_CONFIG_LANGUAGE = re.compile(r"(?P<language>[A-Za-z]+)(?:[-_][A-Z]{2})?")


def _deniable(word: str) -> str:
    if word not in (*licenses.CLASSES, *licenses.KNOWN, *licenses.CUSTOM):
        raise ValueError(f"no licence id of the hub and none of {', '.join(licenses.CLASSES)}")
    return word


def _code(word: str) -> str:
    if (word,) != language_ids((word,)):
        raise ValueError("no code of a language: two letters as `en` where there are, else three")
    return word


class SelectParams(params.Section):
    """What is let in.

    license_deny: ids and classes (licenses.CLASSES) that are kept out. license_allow: ids that are let in though a
    class keeps them out; where it holds any, no other id is let in. license_unknown: the kinds of not knowing a
    licence (licenses.KINDS) that are let in. languages: those let in, or `all`; with `en` also `code`.
    language_missing: what becomes of a config whose language is neither declared nor told from its text.
    language_detection: whether the text of a config is heard beside its card. language_by_config: a config of a
    multilingual dataset counts as being in the language that it is named after, else in those of its text.
    translations: what becomes of translation sets whose languages are let in. modalities_deny: feature types that
    keep a config out. min_usable_fields: fewest fields that a task could use.
    """

    license_deny: list[Annotated[str, AfterValidator(_deniable)]]
    license_allow: list[str]
    license_unknown: list[Literal["missing", "unknown", "other", "unrecognised"]]
    languages: Literal["all"] | Annotated[list[Annotated[str, AfterValidator(_code)]], Field(min_length=1)]
    language_missing: Literal["keep", "drop"]
    language_detection: Literal["check", "ignore"]
    language_by_config: bool
    translations: Literal["keep", "drop"]
    modalities_deny: list[Literal["image", "audio", "video", "pdf", "array"]]
    min_usable_fields: Annotated[int, Field(ge=1)]


Rule = Callable[[Card, SelectParams], str | None]


def license_rule(card: Card, section: SelectParams) -> str | None:
    """What `licenses_reason` says of the licences of a card."""
    return licenses_reason(card.license, section)


def licenses_reason(joined: str, section: SelectParams) -> str | None:
    """Why the licences of a dataset, joined by `|`, keep it out, or None; licence-mixed where only some do."""
    reasons = [license_reason(id, section) for id in joined.split("|")]
    if all(reasons):
        return reasons[0]
    return "licence-mixed" if any(reasons) else None


def license_reason(id: str, section: SelectParams) -> str | None:
    """Why one licence id ("": none declared) is kept out, or None.

    licence-denied for an id of license_deny; licence-missing, -unknown, -other, -unrecognised for a way of not knowing
    that is not let in; licence-no-derivatives and so on for a class; licence-not-allowed where a list allows others.
    """
    if id in section.license_deny:
        return "licence-denied"
    if id in section.license_allow:
        return None
    kind = licenses.kind(id)
    if kind and kind not in section.license_unknown:
        return f"licence-{kind}"
    denied = [name for name in licenses.classes(id) if name in section.license_deny]
    if denied:
        return f"licence-{denied[0]}"
    return "licence-not-allowed" if section.license_allow and kind != licenses.MISSING else None


def language_rule(card: Card, section: SelectParams) -> str | None:
    """What `languages_reason` says of what the card declares and what its text was found to be in."""
    return languages_reason(card.languages, card.languages_detected, section)


def languages_reason(declared: tuple[str, ...], detected: tuple[str, ...], section: SelectParams) -> str | None:
    """Why a config's languages keep it out, or None.

    language-other for one declared that is not let in; language-several for several, not all let in. Where the card
    declares none: language-detected-other by its text, else language-missing. language-disagrees: what is declared is
    let in, and the text is in something else that is not.
    """
    text = detected if section.language_detection == "check" else ()
    let_in = all(is_allowed_language(code, section) for code in text)
    if not declared:
        if text:
            return None if let_in else "language-detected-other"
        return "language-missing" if section.language_missing == "drop" else None
    if not all(is_allowed_language(code, section) for code in declared):
        return "language-several" if len(declared) > 1 else "language-other"
    return "language-disagrees" if contradicts(text, declared) and not let_in else None


def translation_rule(card: Card, section: SelectParams) -> str | None:
    """translation: the config holds texts and their translations (spec A3)."""
    return "translation" if section.translations == "drop" and is_translation(card) else None


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


RULES: tuple[Rule, ...] = (split_rule, modality_rule, field_rule, license_rule, translation_rule, language_rule)
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
    languages = section.languages
    return languages == "all" or language in languages or (language == CODE and "en" in languages)


def narrowed(card: Card, section: SelectParams) -> Card:
    """With language_by_config, the card of a config of a multilingual dataset in its own languages.

    They are the one that the config is named after (`en`, `en_US`, `english`) where that is let in, else those of its
    text where the card declares them too.
    """
    if not section.language_by_config or len(card.languages) < 2:
        return card
    found: tuple[str, ...] = ()
    if match := _CONFIG_LANGUAGE.fullmatch(card.config):
        found = language_ids((match["language"],))
    if not found or not is_allowed_language(found[0], section) or found[0] not in card.languages:
        found = card.languages_detected if section.language_detection == "check" else ()
    return card.model_copy(update={"languages": found}) if found and set(found) <= set(card.languages) else card


def corrected(card: Card, section: SelectParams) -> Card:
    """A card that is let in, in the languages of its text where they contradict what it declares."""
    if section.language_detection == "check" and contradicts(card.languages_detected, card.languages):
        return card.model_copy(update={"languages": card.languages_detected})
    return card


def describe(card: Card, found: list[str]) -> str:
    """What a drop says beside its reason: the value at fault, then the other reasons."""
    text = found[0] in ("language-disagrees", "language-detected-other")
    values = {
        "licence": card.license,
        "language": ", ".join(card.languages) + (f"; text {', '.join(card.languages_detected)}" if text else ""),
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
                kept.append(corrected(card, section))
        undeclared["license"] = sum(not card.license for card in kept)
        undeclared["language"] = sum(not card.languages for card in kept)
        write_jsonl(paths.kept, kept)


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("cards",), outputs=("kept", "dropped", "metrics"))
