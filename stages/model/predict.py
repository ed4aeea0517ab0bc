"""Get the answers of a model to what a benchmark asks, whatever the model is: loaded here, at an endpoint, recorded.

Where a model is asked at an endpoint its answers are an output too, so that none is paid for twice.
"""

import argparse

from stages.model import hosted, replayed
from stages.model.benchmarks import Holdout, items, read_benchmark
from stages.model.decoding import PredictParams
from stages.model.measured import Endpoint, Recorded, read_measured
from stages.model.predictions import predicted
from stages.shared import params, stage
from stages.shared.files import write_jsonl
from stages.shared.ledger import opened
from stages.shared.records import Answer
from stages.shared.sources import read_sources


def main(paths: argparse.Namespace) -> None:
    """Read params, the benchmark and the model; write the predictions, and the answers that were asked for."""
    settings = params.read("predict", PredictParams)
    benchmark = read_benchmark(paths.benchmark)
    told: dict[str, object] = {}
    with opened("predict", paths.dropped, paths.metrics, asked=told) as ledger:
        asked = items(benchmark, paths.benchmark_data, read_sources(paths.sources), ledger)
        described = read_measured(paths.model)
        answers: list[Answer] = []
        if isinstance(described, Endpoint):
            found = hosted.ask(paths.model.stem, described.llm, benchmark.decode, asked, paths.answers, ledger)
            said, answers = found.said, found.answers
            told.update(found.bill)
        elif isinstance(described, Recorded):
            said = replayed.replay(described, paths.model, asked, ledger)
        else:
            # Imported here: torch takes seconds, and answers that are known or asked for elsewhere need none.
            from stages.model import answering  # noqa: PLC0415

            weigh = isinstance(benchmark, Holdout)
            said = answering.answers(paths.model, asked, settings, benchmark.decode, weigh, paths.predictions)
            told["shortened"] = sum(one.left_out > 0 for one in said)
        if not isinstance(described, Recorded):
            told["cut_off"] = sum(one.cut_off for one in said)
        write_jsonl(paths.answers, answers)
        write_jsonl(paths.predictions, predicted(asked, said))


if __name__ == "__main__":
    stage.run(
        main,
        __doc__,
        inputs=("model", "benchmark-data", "sources"),
        outputs=("predictions", "answers", "dropped", "metrics"),
        values=("benchmark",),
    )
