"""How much of an endpoint's speed the asking reaches, every answer kept: `python -m tests.benchmarks.asking`.

The fault server runs beside, in a process of its own, without faults. At 100 ms a reply the measure is the ideal rate
of 16 calls under way, at 5 ms what the bare SDK reaches in a plain gather loop, the better of 16 and 64 calls under
way, in the same run. Each figure is the best of three; a store is new each time. Memory is that of a process of its
own that asks a thousand prompts while a fifth of the calls fail.
"""

import asyncio
import contextlib
import itertools
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import openai
import yaml

from stages.shared.llm.seam import Prompt
from tests.house import ROOT
from tests.shared.llm.asked import KEY, ask

TEXT = "word " * 400
FAULTS = ("429", "500", "hang", "half", "cut", "empty", "html", "reset", "no_usage", "keepalive")
fresh = itertools.count()


@contextlib.contextmanager
def endpoint(**plan: object) -> Iterator[str]:
    """A fault server in a process of its own; its address."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.yaml"
        file.write_text(yaml.safe_dump(plan), "utf-8")
        server = subprocess.Popen(
            [sys.executable, "-m", "stages.shared.llm.faults", "--plan", str(file)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert server.stdout is not None
        try:
            yield server.stdout.readline().split()[-1]
        finally:
            server.terminate()
            server.wait()


def prompts(count: int) -> list[Prompt]:
    """So many prompts of two kilobytes that were never asked before."""
    run = next(fresh)
    return [Prompt(f"{n}", "aware", ({"role": "user", "content": f"{TEXT} {run} {n}"},)) for n in range(count)]


def ours(url: str, count: int, concurrency: int, timeout_s: float = 60) -> float:
    """Answers a second with everything that belongs to it, outside any repository."""
    asked = prompts(count)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        os.environ["SAUROPOD_ANSWERS"] = f"{folder}/answers.sqlite"
        start = time.perf_counter()
        found = ask(url, Path(folder), asked, concurrency=concurrency, timeout_s=timeout_s, budget_usd=1000)
        taken = time.perf_counter() - start
    assert [one.item for one in found] == [one.item for one in asked]
    return count / taken


def bare(url: str, count: int, concurrency: int) -> float:
    """Answers a second of the SDK alone: a gather over a semaphore, nothing kept."""

    async def work() -> float:
        sdk = openai.AsyncOpenAI(api_key=KEY, base_url=url, max_retries=0)
        places = asyncio.Semaphore(concurrency)

        async def one(prompt: Prompt) -> None:
            async with places:
                await sdk.chat.completions.create(model="m", messages=list(prompt.messages), max_tokens=64)  # type: ignore[arg-type]

        asked = prompts(count)
        start = time.perf_counter()
        await asyncio.gather(*(one(prompt) for prompt in asked))
        taken = time.perf_counter() - start
        await sdk.close()
        return count / taken

    return asyncio.run(work())


def memory() -> None:
    """Ask a thousand prompts under faults, and print the process's largest size in MB."""
    with endpoint(latency_ms=5, faults=dict.fromkeys(FAULTS, 0.2 / len(FAULTS)), retry_after=0.05) as url:
        ours(url, 1000, 16, timeout_s=2)
    sys.stdout.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}\n")


def main() -> None:
    """Print the ratios."""
    with endpoint(latency_ms=100) as url:
        slow = max(ours(url, 3200, 16) for _ in range(3))
        slow_bare = max(bare(url, 3200, 16) for _ in range(3))
    with endpoint(latency_ms=5) as url:
        fast = max(ours(url, 1500, 32) for _ in range(3))
        fast_bare = max(bare(url, 1500, concurrency) for concurrency in (16, 64) for _ in range(3))
    sys.stdout.write(
        f"at 100 ms, 16 calls: ratio to the ideal 160/s {slow / 160:.3f} (bare SDK {slow_bare / 160:.3f})\n"
    )
    sys.stdout.write(
        f"at 5 ms, free: ratio to the bare SDK {fast / fast_bare:.2f} ({fast:.0f}/s and {fast_bare:.0f}/s)\n"
    )
    size = subprocess.run(
        [sys.executable, "-c", "from tests.benchmarks.asking import memory; memory()"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    sys.stdout.write(f"a thousand prompts, a fifth of the calls failing: {size.strip()} MB of the 200 allowed\n")


if __name__ == "__main__":
    main()
