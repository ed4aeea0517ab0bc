"""Models that judge by script, served as plans of the fault server, and a folder in which the stage judge runs."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from stages.model import judge
from stages.model.predictions import Prediction
from stages.shared import stage
from stages.shared.files import write_jsonl
from stages.shared.llm.fault_plan import Plan
from tests.shared.llm.asked import CLIENT, MODEL

JUDGE = {"model": "lab", "form": "explore-instruct", "swap": True, "max_unparsed": 0.1}
PAIR = {"a": "new", "b": "old", "benchmark": "seeds"}
OPTIONS = ("a", "b", "labels", "answers", "verdicts", "dropped", "metrics")
WORDS = [
    "--pair", "new-old", "--a", "new.jsonl", "--b", "old.jsonl", "--labels", "labels", "--answers", "out/answers.jsonl",
    "--verdicts", "out/verdicts.jsonl", "--dropped", "out/dropped.jsonl", "--metrics", "out/metrics.json",
]  # fmt: skip


class Longer(Plan):
    """Prefers the longer answer, wherever it stands; by every criterion."""

    def completion(self, texts: tuple[str, ...], _: str) -> tuple[str, str]:
        """One order, or three."""
        first, second = (answer_in(texts[1], assistant) for assistant in (1, 2))
        mark = ">" if len(first) > len(second) else "<" if len(first) < len(second) else "="
        order = f"Assistant 1 {mark} Assistant 2"
        if "Harmless:" in texts[1]:
            return f"Helpful: {order}\nHonest: Assistant 1 = Assistant 2\nHarmless: {order}", "stop"
        return f"One of them says more.\n{order}", "stop"


def answer_in(text: str, assistant: int) -> str:
    found = re.search(rf"\[Assistant {assistant}\]\n(.*)\n\[end of Assistant {assistant}\]", text, re.DOTALL)
    assert found
    return found[1]


def prediction(id: str, instruction: str, input: str, answer: str, **changes: Any) -> Prediction:
    known: dict[str, Any] = {"task": id, "category": "", "part": "", "references": (), "demonstration": ""}
    given = {"id": id, "instruction": instruction, "input": input, "prediction": answer, "bits": None, "bytes": None}
    return Prediction.model_validate({**known, **given, **changes})


def prepare(folder: Path, url: str, answers: Mapping[str, tuple[str, str, str, str]], **changes: Any) -> None:
    """Two files of predictions and params.yaml. answers: instruction, input, and what A and B said, by id."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "labels").mkdir(exist_ok=True)
    for name, place in (("new", 2), ("old", 3)):
        write_jsonl(
            folder / f"{name}.jsonl", (prediction(id, one[0], one[1], one[place]) for id, one in answers.items())
        )
    client = {**CLIENT, "endpoints": {"lab": {"base_url": url, "key_env": None}}, "concurrency": 8}
    found = {
        "judge": {**JUDGE, **changes},
        "pairs": {"new-old": PAIR},
        "measures": {name: {"from": name, "benchmark": "seeds", "reads": "seeds"} for name in ("new", "old")},
        "llm": {"models": {"lab": MODEL.model_dump(mode="json")}, "client": client},
    }
    (folder / "params.yaml").write_text(yaml.safe_dump(found, sort_keys=False), "utf-8")


def run() -> None:
    """Run the stage in this process, in the folder it stays in."""
    judge.main(stage.parse("", OPTIONS[:3], OPTIONS[3:], values=("pair",), argv=WORDS))
