"""Time, memory, recall and precision of a merge: `python -m tests.benchmarks.merge [INSTANCES]`, 800,000 by default.

The instances are made of the real ones of data/dataset: their lower-case words of four letters and more are changed for
others of the same dataset, in another way for each time that an instance is taken. A fifth are near-duplicates of
earlier ones: in other cases, with other marks and blanks, or, where a line is long enough, with another word. One in
twenty looks like one and is none: it has another number, name, answer or short line. Merge runs in a process of its own
with the params of this repository; its peak is the sum over its processes, shared pages counted once.

Then MinHash signatures, of the same sets in the same run, against datasketch.
"""

import json
import os
import random
import re
import resource
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datasketch
import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from stages.dataset import near, wording
from stages.shared import files
from stages.shared.records import INSTANCES, PAIRS, instance_id
from tests.house import ROOT

INSTANCES_MADE, PARTS, BLOCK = 800_000, 8, 10_000
SIGNED = 2_000
LONG_LINE = 60
Row = dict[str, Any]

WORD = re.compile(r"\b[a-z]{4,}\b")
NUMBER = re.compile(r"\d+")
NAME = re.compile(r"(?<=[a-z] )[A-Z][a-z]+")


def real() -> list[Row]:
    """Instances of data/dataset with so many words to change that no two ways to do it give the same."""
    rows = [
        row for shard in sorted((ROOT / "data/dataset").glob("*.parquet")) for row in pq.read_table(shard).to_pylist()
    ]
    return [row for row in rows if row["messages"] is None and len(set(WORD.findall(row["input"]))) >= 10]


def other(row: Row, part: str, **texts: str) -> Row:
    """The instance with other texts."""
    new = {**row, **texts, "part": part, "origin": "made:all", "task_id": "t"}
    return {**new, "instance_id": instance_id(new["instruction"], new["input"], new["output"], None)}


def varied(row: Row, words: list[str], places: dict[str, int], way: int, part: str) -> Row:
    """The instance with other words; the same word is the same one everywhere."""

    def changed(match: re.Match[str]) -> str:
        # Two steps, so that words that stand together do not stay together.
        return words[(places[match[0]] * (2 * way + 1) + way * 7919) % len(words)] if match[0] in places else match[0]

    return other(row, part, **{key: WORD.sub(changed, row[key]) for key in ("input", "output")})


def another_word(text: str, chance: random.Random) -> str | None:
    """The text with another word in a line that is long enough, if one is and asks nothing."""
    lines = [line for line in text.split("\n") if len(line.split()) >= LONG_LINE and "?" not in line]
    if not lines:
        return None
    line = chance.choice(lines)
    found = list(WORD.finditer(line))
    match = chance.choice(found)
    return text.replace(line, f"{line[: match.start()]}{match[0][::-1]}q{line[match.end() :]}", 1)


def planted(row: Row, chance: random.Random, part: str) -> Row:
    """A near-duplicate of an instance."""
    text = row["input"]
    kind = chance.randrange(3)
    edited = another_word(text, chance) if kind == 0 else None
    if edited is None:
        edited = text.upper() if kind < 2 else re.sub(r"\s*[.,;] ", "  , ", text).replace("\n", "\n\n").strip() + " !"
    return other(row, part, input=edited, output=row["output"].swapcase() if kind == 1 else row["output"])


def lookalike(row: Row, chance: random.Random, part: str) -> Row:
    """An instance that is none: with another number or name, or with a line more."""
    text = row["input"]
    kind = chance.randrange(3)
    if kind == 0 and NUMBER.search(text):
        return other(row, part, input=NUMBER.sub(lambda match: str(int(match[0]) + 1), text, count=1))
    if kind == 1 and NAME.search(text):
        return other(row, part, input=NAME.sub("Zacharias", text, count=1))
    return other(row, part, input=f"{text}\nThe hint is {chance.choice(string.ascii_letters)}.")


def make(folder: Path, count: int) -> tuple[set[str], int]:
    """Write the parts and params.yaml; return the ids of what must be dropped, and how many look-alikes there are."""
    chance = random.Random(5)
    base = real()
    words = sorted({word for row in base for word in WORD.findall(row["input"] + row["output"])})
    places = {word: place for place, word in enumerate(words)}
    duplicates: set[str] = set()
    seen: list[Row] = []
    alike = made = 0
    names = [f"p{number}" for number in range(PARTS)]

    def rows(part: str) -> Iterator[Row]:
        nonlocal alike, made
        for _ in range(count // PARTS):
            draw = chance.random()
            if draw < 0.2 and seen:
                row = planted(chance.choice(seen), chance, part)
                duplicates.add(row["instance_id"])
            elif draw < 0.25 and seen:
                row = lookalike(seen.pop(chance.randrange(len(seen))), chance, part)
                alike += 1
            else:
                row = varied(base[made % len(base)], words, places, made // len(base), part)
                made += 1
                # A sample of all rows before: what is planted may be a part or all of the data away.
                seen.append(row) if len(seen) < 20_000 else seen.__setitem__(chance.randrange(20_000), row)
            yield row

    for name in names:
        write(folder / f"{name}.parquet", rows(f"corpus/{name}"))
    merge = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))["merge"]
    sections = {"parts": [f"corpus/{name}" for name in names], "waves": [], "domains": [], "corpora": names}
    (folder / "params.yaml").write_text(yaml.safe_dump({**sections, "merge": merge}), "utf-8")
    return duplicates, alike


def write(path: Path, rows: Iterator[Row]) -> None:
    """Write rows in groups."""
    with files.parquet_writer(path, INSTANCES) as writer:
        block: list[Row] = []
        for row in rows:
            block.append(row)
            if len(block) == BLOCK:
                writer.write_table(pa.Table.from_pylist(block, INSTANCES))
                block = []
        if block:
            writer.write_table(pa.Table.from_pylist(block, INSTANCES))


def merged(folder: Path) -> tuple[float, float, float]:
    """Run merge; return seconds, seconds of all processors, and the peak in MB."""
    options = [word for number in range(PARTS) for word in ("--part", f"corpus/p{number}", f"p{number}.parquet")]
    corpus = str(ROOT / "data/sources/corpora/self-instruct-seeds.yaml")
    options += [word for number in range(PARTS) for word in ("--described", f"corpus/p{number}", corpus)]
    options += [word for number in range(PARTS) for word in ("--pairs", f"corpus/p{number}", "pairs.parquet")]
    options += ["--benchmarks", str(ROOT / "data/sources/benchmarks")]
    options += ["--dataset", "dataset", "--kept-pairs", "pairs", "--dropped", "dropped.jsonl"]
    options += ["--metrics", "dataset.json"]
    pq.write_table(pa.Table.from_pylist([], PAIRS), folder / "pairs.parquet")
    words = [sys.executable, "-m", "stages.dataset.merge", *options]
    began, peak = time.monotonic(), 0.0
    with subprocess.Popen(words, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}) as process:
        whole = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, held(whole))
            time.sleep(0.2)
    if process.returncode:
        sys.exit(process.returncode)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - began, used.ru_utime + used.ru_stime, peak / 1e6


def held(process: psutil.Process) -> float:
    """Bytes of a process and its children, a page that several share counted once."""
    total = 0.0
    try:
        for one in (process, *process.children(recursive=True)):
            total += one.memory_full_info().pss
    except psutil.Error:
        return 0.0
    return total


def seconds(work: Callable[[], object]) -> float:
    """The shortest of three runs, in seconds of this process's processors: other processes don't count."""
    times = []
    for _ in range(3):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def signing() -> tuple[float, float, float]:
    """How many times datasketch's speed signatures are made, from the same sets of runs of words.

    First as merge has them, in an array, beside datasketch with its own hash; then beside datasketch with no hash, the
    runs being hashes already; then rensa alone, before numbers are brought into an array, beside the same.
    """
    merge = yaml.safe_load((ROOT / "params.yaml").read_text("utf-8"))["merge"]
    params = near.NearParams(**merge["near"])
    rows = real()[:SIGNED]
    words = wording.read([piece for row in rows for piece in near.pieces(row)])
    runs, starts, _ = near.shingles(words, params.words)
    sets = [one.tolist() for one in np.split(runs, starts[1:-1])]
    texts = [[run.to_bytes(8, "little") for run in one] for one in sets]

    def hashing() -> None:
        for one in texts:
            datasketch.MinHash(num_perm=params.permutations).update_batch(one)

    def hashed() -> None:
        for one in sets:
            datasketch.MinHash(num_perm=params.permutations, hashfunc=lambda run: run & 0xFFFFFFFF).update_batch(one)

    def bare() -> None:
        near.RMinHash.digest_matrix_from_flat_token_hashes(runs, starts, params.permutations, params.seed)

    whole = seconds(lambda: near.signatures(runs, starts, params))
    without = seconds(hashed)
    return seconds(hashing) / whole, without / whole, without / seconds(bare)


def main() -> None:
    """Make, merge, compare, print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else INSTANCES_MADE
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        duplicates, alike = make(folder, count)
        took, used, peak = merged(folder)
        metrics = files.read_json(folder / "dataset.json")
        dropped = [json.loads(line) for line in (folder / "dropped.jsonl").open(encoding="utf-8")]
    found = {one["id"] for one in dropped if one["reason"] in ("duplicate", "near-duplicate")}
    right = len(found & duplicates)
    one, two, three = signing()
    sys.stdout.write(
        f"{count:,} instances, {len(duplicates):,} near-duplicates and {alike:,} look-alikes among them: {took:.0f} s "
        f"({used:.0f} s of processors), peak {peak:,.0f} MB\n"
        f"recall {right / len(duplicates):.4f}, precision {right / max(len(found), 1):.4f}; {metrics['duplicates']}; "
        f"contaminated {metrics['ledger']['instances']['dropped'].get('contaminated', 0):,}\n"
        f"signatures: {one:.0f} times datasketch's speed, {two:.0f} times where it need not hash; rensa alone: "
        f"{three:.0f} times\n"
    )


if __name__ == "__main__":
    main()
