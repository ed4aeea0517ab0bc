"""What measuring models at endpoints would ask: the questions of a benchmark, for each model that is described so."""

import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from stages.console import pipeline
from stages.console.questions import Known, Wanted
from stages.model.benchmarks import items, read_benchmark
from stages.model.hosted import drawn, prompt
from stages.model.measured import Endpoint, read_measured
from stages.model.summarize import Measure
from stages.shared import params
from stages.shared.ledger import Ledger
from stages.shared.llm.seam import ModelParams
from stages.shared.sources import read_sources

STAGE = "predict"


def measured(changed: Iterable[str]) -> Iterator[tuple[str, ModelParams, Callable[[Known], Wanted]]]:
    """Of the changed stages those that ask an endpoint: name of the stage, the model as the benchmark draws from it,
    and what it would ask.
    """
    names = list(changed)
    command = pipeline.load(pipeline.PIPELINE)["stages"][STAGE]["do"]["cmd"]
    grown = "merge" in names
    for name in names:
        stage, _, item = name.partition("@")
        if stage != STAGE:
            continue
        measure = params.read(f"measures.{item}", Measure)
        path = Path(measure.path)
        described = read_measured(path) if path.is_file() else None
        if isinstance(described, Endpoint):
            written = {"${key}": item, "${item.from}": measure.path, "${item.benchmark}": measure.benchmark}
            own = command.replace("${item.reads}", measure.reads)
            for mark, value in written.items():
                own = own.replace(mark, value)
            paths = pipeline.paths({"do": {"cmd": own}}, item)
            decode = read_benchmark(measure.benchmark).decode
            yield name, drawn(described.llm, decode, path.stem), _wanting(measure.benchmark, paths, grown)


def _wanting(benchmark: str, paths: dict[str, Path], grown: bool) -> Callable[[Known], Wanted]:
    settings, data = read_benchmark(benchmark), paths["benchmark-data"]
    moves = settings.kind == "holdout" and grown

    def wanted(_known: Known) -> Wanted:
        if not data.exists():
            basis = f"the benchmark is not there yet ({data})"
            return Wanted((), 0, exact=False, basis=basis, out=paths["answers"], settings=("",))
        asked = items(settings, data, read_sources(paths["sources"]), Ledger(STAGE, io.StringIO()))
        basis = "the held-out instances of the dataset as it is" if moves else "the benchmark is there"
        return Wanted([prompt(one) for one in asked], 0, not moves, basis, paths["answers"], settings=("",))

    return wanted
