"""The `recorded` provider: replays tasks that a model once wrote, from a file of known answers.

A line names a dataset and a config (null: the dataset's only config) and holds the tasks. All of them answer the
description-aware prompt (where there is no description, the one prompt there is); what the file does not hold is
unanswered with the reason `not-recorded`, which asking stages count and leave out.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from stages.shared.errors import InputError, ParamsError
from stages.shared.files import read_jsonl
from stages.shared.llm.seam import NOT_RECORDED, ModelParams, Prompt, Unanswered, answered
from stages.shared.records import Answer, Card, Frozen, Setting


class RecordedLine(Frozen):
    """The tasks that a model wrote for one config; `model` is checked against the params where a line names it."""

    dataset: str
    config: str | None
    tasks: tuple[dict[str, Any], ...]
    task_name: str = ""
    model: str = ""

    @property
    def id(self) -> str:
        """`dataset:config`, or the dataset alone where it has one config."""
        return self.dataset if self.config is None else f"{self.dataset}:{self.config}"


class Recorded:
    """Answers with the recorded tasks of a config, matched by the card among a prompt's subject."""

    def __init__(self, name: str, model: ModelParams) -> None:
        """Read the file; raise ParamsError where path or hash are missing or wrong, InputError for a bad line."""
        self._model = model
        self._lines = _lines(_checked_path(f"llm.models.{name}", model), model.model)
        self._waiting = dict.fromkeys(self._lines)

    def answer(self, prompts: Iterable[Prompt]) -> Iterator[Answer | Unanswered]:
        """Yield what the file holds for each Prompt, in order."""
        for prompt in prompts:
            line = self._match(prompt)
            if line:
                yield answered(self._model, prompt, _reply(line))
            else:
                yield Unanswered(prompt.item, prompt.setting, prompt.draw, NOT_RECORDED)

    def unasked(self) -> list[str]:
        """The lines that no prompt so far has matched, as `dataset:config`, in the order of the file."""
        return [self._lines[key].id for key in self._waiting]

    def _match(self, prompt: Prompt) -> RecordedLine | None:
        card = prompt.subject.get("card")
        if not isinstance(card, Card) or prompt.setting != answered_setting(card):
            return None
        keys: list[tuple[str, str | None]] = [(card.dataset, card.config)]
        if card.taskname == card.dataset:  # so named where the dataset has one config
            keys.append((card.dataset, None))
        found = next((key for key in keys if key in self._lines), None)
        if found is None:
            return None
        self._waiting.pop(found, None)
        return self._lines[found]


def answered_setting(card: Card) -> Setting:
    """The prompt that the recorded tasks of a config answer.

    The released file does not say which of the two prompts a task came from, so all answer the description-aware one;
    a config without a summary was never asked that one (spec A5), so its tasks can only come from the other.
    """
    return "aware" if card.summary else "unaware"


def _reply(line: RecordedLine) -> str:
    tasks = {f"task{number}": task for number, task in enumerate(line.tasks, start=1)}
    return json.dumps(tasks, ensure_ascii=False)


def _checked_path(key: str, model: ModelParams) -> Path:
    """The file to replay; raise ParamsError where it is not the one that params.yaml describes."""
    if model.path is None or model.sha256 is None:
        raise ParamsError("path and sha256 of the recorded answers", "none", f"params.yaml, key {key}", "add both keys")
    path = Path(model.path)
    if not path.is_file():
        raise ParamsError("a file", "none", f"params.yaml, key {key}.path: {path}", "correct the path")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != model.sha256.lower():
        raise ParamsError(
            f"the SHA-256 {model.sha256}",
            found,
            f"params.yaml, key {key}.sha256, file {path}",
            "restore the file, or write its own hash if the change is meant",
        )
    return path


def _lines(path: Path, model: str) -> dict[tuple[str, str | None], RecordedLine]:
    found: dict[tuple[str, str | None], RecordedLine] = {}
    for line in read_jsonl(path, RecordedLine):
        if line.model and line.model != model:
            raise InputError(f"tasks written by {model}", line.model, f"{path}, {line.id}", "name the model in params")
        if (line.dataset, line.config) in found:
            raise InputError("each dataset and config once", f"{line.id} again", str(path), "join the two lines")
        found[line.dataset, line.config] = line
    return found
