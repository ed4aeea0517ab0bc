"""How far the `template` rules agree with tasks that a model once proposed for the same datasets.

    python -m stages.hub.agreement --hub DIR --recorded FILE [--half a|b]

What is compared are pairs of the set of input fields and the output field. recall: the share of recorded pairs that
the rules propose; precision: the share of proposed pairs that are recorded. Both are micro-averaged over the recorded
configs that the hub has, each pair counted once a config; what the rules propose is the union of both settings, the
description-aware one only where the card has a summary, as generate asks (spec A5), from the first two rows.

Recorded tasks with several output fields are left out: they have no output field to compare, and filter drops them.
The configs of a dataset in COUNTED_ONCE, which differ in their rows and not in their columns, count as one together.
The interval is a percentile bootstrap over datasets, since configs of one dataset are alike. --half takes the datasets
whose id has an even (a) or odd (b) SHA-256, so that rules can be tuned on one half and measured on the other.
"""

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stages.hub.reading import CrawlParams, card_and_rows
from stages.hub.template import propose
from stages.shared.errors import InputError, SauropodError
from stages.shared.files import read_jsonl
from stages.shared.hub.local import LocalHub
from stages.shared.hub.seam import Hub, HubDataset, UnreadableError
from stages.shared.llm.recorded import RecordedLine
from stages.shared.records import Card, Setting

COUNTED_ONCE = ("blimp",)
"""Datasets of many configs with the same columns, of which each config would say the same again."""

ROWS_SHOWN = 2
DRAWS = 1000
"""Bootstrap samples; with 1000 the ends of the interval move by less than 0.01 from seed to seed."""

Pair = tuple[frozenset[str], str]


@dataclass(frozen=True)
class Counts:
    """What one config adds: its pairs recorded, proposed, and both, each times its weight."""

    dataset: str
    recorded: float
    proposed: float
    both: float


def compare(dataset: str, recorded: set[Pair], proposed: set[Pair], weight: float = 1.0) -> Counts:
    """Count the pairs of one config."""
    return Counts(dataset, weight * len(recorded), weight * len(proposed), weight * len(recorded & proposed))


def rates(counts: Iterable[Counts]) -> tuple[float, float]:
    """Recall and precision over all counts together; 0 where there is nothing to divide by."""
    found = list(counts)
    both = sum(one.both for one in found)
    recorded, proposed = sum(one.recorded for one in found), sum(one.proposed for one in found)
    return both / recorded if recorded else 0.0, both / proposed if proposed else 0.0


def interval(counts: Iterable[Counts], draws: int = DRAWS, seed: int = 0) -> tuple[tuple[float, float], ...]:
    """The 2.5th and 97.5th percentile of recall and of precision when datasets are drawn with replacement."""
    of: dict[str, list[Counts]] = {}
    for one in counts:
        of.setdefault(one.dataset, []).append(one)
    datasets = sorted(of)
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    drawn = [rates(one for name in chance.choices(datasets, k=len(datasets)) for one in of[name]) for _ in range(draws)]
    low, high = round(0.025 * (draws - 1)), round(0.975 * (draws - 1))
    return tuple((ordered[low], ordered[high]) for ordered in (sorted(values) for values in zip(*drawn, strict=True)))


def recorded_pairs(line: RecordedLine) -> set[Pair]:
    """The pairs of a recorded line; tasks with several output fields have none."""
    return {
        (frozenset(task["input_fields"]), task["output_field"][0])
        for task in line.tasks
        if len(task["output_field"]) == 1
    }


def proposed_pairs(card: Card, rows: Sequence[dict[str, object]]) -> set[Pair]:
    """The pairs that the rules propose for a config in both settings."""
    settings: list[Setting] = ["aware", "unaware"] if card.summary else ["unaware"]
    return {
        (frozenset(task.input_fields), task.output_field[0])
        for setting in settings
        for task in propose(card, rows, setting)
    }


def half_of(dataset: str) -> str:
    """`a` or `b`, by the last bit of the SHA-256 of a dataset's id."""
    return "ab"[hashlib.sha256(dataset.encode()).digest()[-1] % 2]


def config_of(line: RecordedLine, dataset: HubDataset) -> str | None:
    """The config that a recorded line means (null: the only one); None where the dataset has no such config."""
    if line.config in dataset.configs:
        return line.config
    return next(iter(dataset.configs)) if line.config is None and len(dataset.configs) == 1 else None


def shown(hub: Hub, dataset: HubDataset, config: str) -> tuple[Card, list[dict[str, object]]]:
    """The card of a config and the rows that a prompt would show; placeholder rows where there are no others."""
    card, rows = read(hub, dataset, config, keep_repeats=False)
    if not rows:
        card, rows = read(hub, dataset, config, keep_repeats=True)
    return card, [json.loads(row) for row in rows[:ROWS_SHOWN]]


def read(hub: Hub, dataset: HubDataset, config: str, *, keep_repeats: bool) -> tuple[Card, list[str]]:
    """What crawl would read of a config with its usual splits."""
    wanted = CrawlParams(
        rows_per_split=100,
        splits=["train", "validation"],
        keep_repeats=keep_repeats,
        max_configs=None,
        stop_after_failed=None,
        max_fields=1000,
        max_row_chars=1_000_000,
        drop_sensitive=[],
    )
    return card_and_rows(hub, dataset, config, wanted)


def measure(hub: Hub, lines: Sequence[RecordedLine]) -> list[Counts]:
    """Compare the rules with the recorded lines whose config the hub has and can read; say which it can't."""
    known = set(hub.datasets())
    found: list[tuple[RecordedLine, set[Pair]]] = []
    for line in lines:
        if line.dataset not in known:
            continue
        try:
            dataset = hub.dataset(line.dataset)
            config = config_of(line, dataset)
            if config is None:
                sys.stderr.write(f"agreement: left out {line.id}: the hub has {', '.join(dataset.configs)}\n")
            else:
                found.append((line, proposed_pairs(*shown(hub, dataset, config))))
        except UnreadableError as error:
            sys.stderr.write(f"agreement: left out {line.id}: {error}\n")
    many = {name: sum(line.dataset == name for line, _ in found) for name in COUNTED_ONCE}
    return [
        compare(line.dataset, recorded_pairs(line), proposed, 1 / many.get(line.dataset, 1)) for line, proposed in found
    ]


def report(counts: Sequence[Counts], lines: Sequence[RecordedLine]) -> str:
    """The lines that are printed: the two rates, their intervals, and what they were computed from."""
    recall, precision = rates(counts)
    (low, high), (lowest, highest) = interval(counts)
    several = sum(len(task["output_field"]) > 1 for line in lines for task in line.tasks)
    datasets = len({one.dataset for one in counts})
    sums = [sum(getattr(one, name) for one in counts) for name in ("recorded", "proposed", "both")]
    return "\n".join(
        [
            f"recall {recall:.2f} precision {precision:.2f}",
            f"95 % interval: recall {low:.2f} to {high:.2f}, precision {lowest:.2f} to {highest:.2f}",
            f"{len(counts)} of {len(lines)} recorded configs, {datasets} datasets; pairs: {sums[0]:.1f} recorded, "
            f"{sums[1]:.1f} proposed, {sums[2]:.1f} both; {several} recorded tasks with several outputs left out",
        ]
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Print how far the rules agree with a recorded file."""
    parser = argparse.ArgumentParser(prog="python -m stages.hub.agreement", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--hub", type=Path, required=True, metavar="DIR", help="a folder of datasets in hub layout")
    parser.add_argument("--recorded", type=Path, required=True, metavar="FILE", help="recorded tasks, JSON Lines")
    parser.add_argument("--half", choices=("a", "b"), help="only the datasets of one half")
    options = parser.parse_args(argv)
    if not options.recorded.is_file():
        raise InputError("a file of recorded tasks", "none", str(options.recorded), "correct the path")
    lines = list(read_jsonl(options.recorded, RecordedLine))
    lines = [line for line in lines if options.half in (None, half_of(line.dataset))]
    counts = measure(LocalHub(options.hub), lines)
    if not counts:
        where = f"{options.recorded}, {options.hub}"
        raise InputError("recorded configs that the hub has", "none", where, "name a hub that holds their datasets")
    sys.stdout.write(report(counts, lines) + "\n")


if __name__ == "__main__":
    try:
        main()
    except SauropodError as error:
        sys.stderr.write(f"agreement: {error}\n")
        sys.exit(error.exit_code)
