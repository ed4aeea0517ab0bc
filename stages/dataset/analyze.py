"""Analyse the dataset as its papers analyse theirs: what instructions ask for, how alike, how long, of what kind.

Each part is looked at for itself, shard by shard, and then all of them together. Texts are sampled by their hashes
where there are many, so the numbers of a part stay when others join.
"""

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import PositiveInt

from stages.dataset import mappicture, verbpicture
from stages.dataset.layout import places
from stages.dataset.picked import Picked
from stages.dataset.sketch import COLUMNS, Sketch, ranked
from stages.dataset.tasksets import Shape, categories, shape
from stages.shared import files, pairs, params, parts, stage
from stages.shared.errors import InputError
from stages.shared.params import Section
from stages.shared.parts import Part
from stages.shared.records import Card, Task

NOUNS = 4
"""Objects named of each verb, as in the papers' figure (spec A9)."""

FEWEST_POINTS = 12
"""Instances of a part that stand on the map, however small the part is beside others."""


class AnalyzeParams(Section):
    """`analyze` in params.yaml; all are sizes of samples, and where there is less, all of it is looked at.

    instructions: different ones of a part whose verbs and objects are counted. compared: of them those whose nearest
    one is looked for. rows: instances of a part whose qualities are looked at. points: instances on the map.
    """

    instructions: PositiveInt
    compared: PositiveInt
    rows: PositiveInt
    points: PositiveInt


def main(paths: argparse.Namespace) -> None:
    """Write the metrics and the two pictures."""
    sizes = params.read("analyze", AnalyzeParams)
    sketches = {str(part): drawn(paths.dataset, part, sizes) for part in parts.read()}
    whole = Sketch(Picked(sizes.instructions), Picked(sizes.points))
    for sketch in sketches.values():
        whole.merge(sketch)
    verbs = pairs.verbs(pairs.counted(whole.instructions.texts()), NOUNS)
    tasks = [
        Shape(task.taskname, task.instruction, task.input_fields, task.output_field)
        for task in files.read_jsonl(paths.dataset / "tasks.jsonl", Task)
    ]
    found = {
        **whole.numbers(sizes.compared),
        "root_verbs": {verb: count for verb, count, _ in verbs},
        "objects": {verb: named(nouns) for verb, _, nouns in verbs},
        "hub_tasks": shape(tasks),
        "task_categories": coverage(tasks, sketches, paths.cards),
        "parts": {part: sketch.numbers(sizes.compared) for part, sketch in sketches.items()},
    }
    files.write_json(paths.metrics, found)
    write(paths.verbs, verbpicture.picture(verbs, found["verbs"]))
    write(paths.map, mappicture.picture(*on_map(sketches, sizes.points)))


def drawn(dataset: Path, part: Part, sizes: AnalyzeParams) -> Sketch:
    """What there is of a part; raise InputError where its shard is missing or damaged."""
    path = dataset / part.shard
    if not path.exists():
        raise InputError(f"the shard of {part}", "no file", str(path), "run `dvc repro merge`")
    count = files.open_parquet(path, COLUMNS).metadata.num_rows
    sketch = Sketch(Picked(sizes.instructions), Picked(sizes.points), share=min(1.0, sizes.rows / max(1, count)))
    for batch in files.batches(path, COLUMNS):
        sketch.add(str(part), batch)
    return sketch


def coverage(
    tasks: Sequence[Shape], sketches: Mapping[str, Sketch], cards: Sequence[tuple[str, Path]]
) -> dict[str, dict[str, int]]:
    """Tasks and instances of hub datasets by the task categories that their cards declare, most tasks first."""
    of: dict[str, tuple[str, ...]] = {}
    instances: Counter[str] = Counter()
    for part, path in cards:
        for card in files.read_jsonl(path, Card):
            of.setdefault(card.taskname, card.task_categories)
        instances.update(sketches[part].tasknames)
    by_tasks = categories(Counter(task.taskname for task in tasks), of)
    by_instances = categories(instances, of)
    return {name: {"tasks": count, "instances": by_instances[name]} for name, count in ranked(by_tasks)}


def on_map(sketches: Mapping[str, Sketch], points: int) -> tuple[dict[str, int], list[tuple[str, float, float]]]:
    """The instances of each part, and those on the map with their places: part, across, down, both 0 to 1."""
    every = sum(sketch.instances for sketch in sketches.values())
    chosen = [
        (part, text)
        for part, sketch in sketches.items()
        for text in sketch.points.texts()[: max(FEWEST_POINTS, round(points * sketch.instances / max(1, every)))]
    ]
    placed = places([text for _, text in chosen]).tolist()
    counts = {part: sketch.instances for part, sketch in sketches.items()}
    return counts, [(part, across, down) for (part, _), (across, down) in zip(chosen, placed, strict=True)]


def named(nouns: Sequence[tuple[str, int]]) -> str:
    """Objects with their counts in words: `question 12, title 5`."""
    return ", ".join(f"{noun} {count}" for noun, count in nouns)


def write(path: Path, text: str) -> None:
    """Write a picture."""
    with files.replacing(path) as temporary:
        temporary.write_text(text, "utf-8")


if __name__ == "__main__":
    stage.run(main, __doc__, inputs=("dataset",), outputs=("metrics", "verbs", "map"), named=("cards",))
