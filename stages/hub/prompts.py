"""The two prompts that ask for tasks: with a dataset's description (`aware`) and without (`unaware`); spec A5.

A prompt begins with what all datasets share, the instructions and two demonstrations, so that endpoints can cache it;
then comes the dataset as a JSON object, and last the fields that may be used. The wording lies in the folder `prompts`
beside this file; demonstrations are looked up by name.

Where this departs from the released code: ids are hidden by whole words and not by the letters `id` (which hide
`evidence` and `candidates` too), a field is visible when any row shown has it and not only the first, and the
demonstrations' fields are all visible in their own rows.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from stages.hub import replies
from stages.hub.identifiers import is_hidden
from stages.shared.llm.seam import Prompt
from stages.shared.records import Card, Setting

WORDING = Path(__file__).with_suffix("")

DEMONSTRATIONS: dict[Setting, tuple[str, str]] = {
    "aware": ("village_reading", "garden_inference"),
    "unaware": ("market_arithmetic", "words_to_scene"),
}
"""The names of the two demonstrations of each setting, in order."""


def build(card: Card, rows: Sequence[dict[str, Any]], setting: Setting, max_value_chars: int) -> Prompt:
    """The prompt for one config in one setting; `rows` are those to show, `max_value_chars` the budget of a value."""
    shown = [shown_row(row, max_value_chars) for row in rows]
    dataset: dict[str, Any] = {
        "task_name": card.taskname,
        "license": card.license[:max_value_chars],
        "website": card.website[:max_value_chars],
    }
    if setting == "aware":
        dataset["summary"] = card.summary[:max_value_chars]
    dataset["selected_data"] = shown
    closing = _text("closing").replace("{fields}", ", ".join(map(_json, visible_fields(shown))))
    user = "\n\n".join([fixed_part(setting), _text("request"), "Dataset:", _json(dataset), closing, "Tasks:"])
    return Prompt(
        item=card.taskname,
        setting=setting,
        messages=({"role": "system", "content": _text("system")}, {"role": "user", "content": user}),
        schema=schema(),
        complaint=replies.complaint,
        subject={"card": card, "rows": list(rows), "setting": setting},
    )


@cache
def fixed_part(setting: Setting) -> str:
    """What every prompt of a setting begins with: the instructions and the demonstrations."""
    known = json.loads((WORDING / "demonstrations.json").read_text("utf-8"))
    parts = [_text(setting)]
    for name in DEMONSTRATIONS[setting]:
        entry = known[name]
        keys = ("task_name", "license", "website", *(("summary",) if setting == "aware" else ()), "selected_data")
        parts += ["Dataset:", _json({key: entry[key] for key in keys}), "Tasks:", _json(entry["tasks"])]
    return "\n\n".join(parts)


@cache
def schema() -> dict[str, Any]:
    """The JSON schema of a reply: the same for all datasets, so that endpoints can cache it."""
    found: dict[str, Any] = json.loads((WORDING / "schema.json").read_text("utf-8"))
    return found


def shown_row(row: dict[str, Any], max_chars: int) -> dict[str, Any]:
    """A row as a prompt shows it: ids, nested values and nulls left out, each value within `max_chars`."""
    found = {}
    for name, value in row.items():
        if not is_hidden(name):
            shown = shown_value(value, max_chars)
            if shown is not None:
                found[name] = shown
    return found


def shown_value(value: Any, max_chars: int) -> Any:
    """A scalar as stripped text; a list of strings or a flat object as far as its JSON fits; None for the rest."""
    if isinstance(value, str | int | float):
        return str(value).strip()[:max_chars]
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        texts: list[str] = []
        used = len("[]")
        for entry in value:
            used += len(_json(entry)) + len(", ") * bool(texts)
            if used > max_chars:
                break
            texts.append(entry)
        return texts
    if isinstance(value, dict) and all(isinstance(entry, str | int | float) for entry in value.values()):
        pairs: dict[str, Any] = {}
        used = len("{}")
        for name, entry in value.items():
            used += len(_json({name: entry})) - len("{}") + len(", ") * bool(pairs)
            if used > max_chars:
                break
            pairs[name] = entry
        return pairs
    return None


def visible_fields(shown: Sequence[dict[str, Any]]) -> list[str]:
    """The fields that at least one of the shown rows has, in the order of the rows."""
    return list(dict.fromkeys(name for row in shown for name in row))


def hidden_fields(card: Card) -> list[str]:
    """The fields of a config that prompts hide as ids."""
    return [name for name in card.features if is_hidden(name)]


@cache
def _text(name: str) -> str:
    return (WORDING / f"{name}.txt").read_text("utf-8").strip()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
