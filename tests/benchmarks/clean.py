"""A million ShareGPT-shaped turns through clean, as a stream: `python -m tests.benchmarks.clean`.

A number after it takes so many turns instead, and the time allowed for as many.

Conversations of eight turns are made from real ones (FastChat's dummy conversations, Self-Instruct's seed tasks): the
answers are HTML as a browser holds it, one in three with a block of code, and no two conversations begin alike. Each
turn is about 600 characters. Two worker processes; the peak is that of all processes of the stage together: the
proportional set size, in which memory that processes share counts once, looked at 10 times a second.
"""

import html
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import yaml

from stages.corpus import markdown
from stages.corpus.source import CorpusRecord
from stages.shared import files
from tests.corpus.policies import CLEAN
from tests.house import ROOT
from tests.hub import enlarged

TURNS, PER_CONVERSATION = 1_000_000, 8
SECONDS = 180
"""What a million turns may take."""

BUTTON = '<button class="flex ml-auto gap-2"><svg><path d="M1 2"></path></svg>Copy code</button>'
CODE = (
    f'<pre><div class="bg-black mb-4 rounded-md"><div class="flex items-center"><span>python</span>{BUTTON}</div>'
    '<div class="p-4"><code class="!whitespace-pre hljs language-python"><span class="hljs-keyword">def</span> '
    "total(values):\n    <span>return</span> sum(values)\n</code></div></div></pre>"
)


def passages() -> list[str]:
    """Real texts of about 500 characters."""
    lines = (ROOT / "data/sources/corpora/self-instruct-seeds.jsonl").read_text("utf-8").splitlines()
    tasks = [json.loads(line) for line in lines]
    words = " ".join(
        f"{task['instruction']} {one['input']} {one['output']}" for task in tasks for one in task["instances"]
    )
    plain = words.lower().replace("openai", "the lab")
    return [plain[place : place + 500] for place in range(0, len(plain) - 500, 500)]


def answer(text: str, number: int) -> str:
    """An answer as the page holds it."""
    half = len(text) // 2
    shown = [html.escape(text[:half]), html.escape(text[half:])]
    code = CODE if number % 3 == 0 else ""
    return (
        f'<div class="markdown prose w-full break-words"><p>Point {number}: {shown[0]}</p>{code}'
        f"<ol><li>{shown[1]}</li><li><strong>last</strong></li></ol></div>"
    )


def records(turns: int) -> Iterator[CorpusRecord]:
    """The conversations that have so many turns together."""
    texts = cycle(passages())
    for number in range(turns // PER_CONVERSATION):
        spoken = [
            {"from": "human", "value": f"{number}.{turn} {next(texts)}"}
            if turn % 2 == 0
            else {"from": "gpt", "value": answer(next(texts), number + turn)}
            for turn in range(PER_CONVERSATION)
        ]
        text = json.dumps({"id": f"c{number}", "conversations": spoken}, ensure_ascii=False)
        yield CorpusRecord(id=f"c{number}", file="self-instruct-seeds.jsonl", place=str(number + 1), text=text)


def describe(folder: Path) -> Path:
    """The description of the made corpus, and the parameters."""
    seeds = yaml.safe_load((ROOT / "data/sources/corpora/self-instruct-seeds.yaml").read_text("utf-8"))
    path = folder / "made.yaml"
    path.write_text(
        yaml.safe_dump({**seeds, "name": "made", "format": "sharegpt", "language": "multilingual"}), "utf-8"
    )
    (folder / "params.yaml").write_text(yaml.safe_dump({"clean": CLEAN}), "utf-8")
    return path


def html_ratio() -> str:
    """How much faster the HTML library is than markdownify, where that is installed."""
    page = answer(passages()[0], 0)
    try:
        from markdownify import markdownify  # noqa: PLC0415 - no part of the tests' environment
    except ImportError:
        return "markdownify is not installed: no ratio"

    def seconds(convert: object) -> float:
        start = time.perf_counter()
        for _ in range(300):
            convert(page)  # type: ignore[operator]
        return time.perf_counter() - start

    slow, fast = min(seconds(markdownify) for _ in range(3)), min(seconds(markdown.from_html) for _ in range(3))
    return f"HTML: {slow / fast:.1f} times as fast as markdownify"


def main() -> None:
    """Print seconds by the clock and of processors, turns a second and the peak."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else TURNS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        description = describe(folder)
        files.write_jsonl(folder / "records.jsonl", records(turns))
        size = (folder / "records.jsonl").stat().st_size
        outputs = [word for out in ("instances", "pairs", "dropped", "metrics") for word in (f"--{out}", f"{out}.out")]
        command = [sys.executable, "-m", "stages.corpus.clean", "--corpus", str(description), "--records"]
        environment = {"SAUROPOD_WORKERS": "2", **os.environ, "PYTHONPATH": str(ROOT)}
        before, start = os.times(), time.perf_counter()
        with subprocess.Popen([*command, "records.jsonl", *outputs], cwd=folder, env=environment) as process:
            peak = 0
            while process.poll() is None:
                peak = max(peak, sum(map(enlarged.pss, enlarged.family(process.pid))))
                time.sleep(0.1)
        taken, after = time.perf_counter() - start, os.times()
        if process.returncode:
            sys.exit(process.returncode)
        found = files.read_json(folder / "metrics.out")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    allowed = SECONDS * turns / TURNS
    sys.stdout.write(f"{size / 1e6:.0f} MB, kept {found['instances']['kept']} of {found['instances']['read']}\n")
    sys.stdout.write(f"{taken:.0f} s of the {allowed:.0f} allowed, {used:.0f} s of processors, ")
    sys.stdout.write(f"{turns / taken:.0f} turns/s, {peak / 1e6:.0f} MB of 700\n")
    sys.stdout.write(f"{html_ratio()}\n")


if __name__ == "__main__":
    main()
