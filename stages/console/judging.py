"""What the stages judge and audit would ask: about pairs of predictions, and about the sample of the dataset."""

from pathlib import Path

from stages.console import pipeline
from stages.console.questions import Known, Wanted, Wanting
from stages.dataset import picks, validity
from stages.dataset.audit import AuditParams
from stages.dataset.people import read_kept
from stages.model import comparing
from stages.model.judge import JudgeParams, read_answers, read_pair
from stages.shared import params
from stages.shared.errors import InputError
from stages.shared.llm.seam import ModelParams

CURRENT, LAST = "its inputs are up to date", "its inputs as they were last"


def judged() -> Wanting:
    """What judge would ask about a pair: of the predictions that are there, else of as many as can be expected."""
    settings = params.read("judge", JudgeParams)
    stage = pipeline.load(pipeline.PIPELINE)["stages"]["judge"]

    def wanted(item: str, ready: bool, _model: ModelParams, _known: Known) -> Wanted:
        paths = pipeline.paths(stage, item, read_pair(item).model_dump())
        try:
            asked = read_answers(paths["a"], paths["b"])
        except (FileNotFoundError, InputError):  # they are not made yet, or will be made anew
            unseen = len(settings.places) * max(_lines(paths["a"]), _lines(paths["b"]))
            basis = "predictions that are not made yet" + ("" if unseen else ", nobody knows how many")
            return Wanted((), unseen, exact=False, basis=basis, out=paths["answers"], settings=settings.places)
        prompts = comparing.prompts(asked, settings.form, settings.places)
        return Wanted(prompts, 0, ready, CURRENT if ready else LAST, paths["answers"], settings.places)

    return wanted


def audited() -> Wanting:
    """What audit would ask: of the dataset as it is, else of as many rows as the sample has."""
    settings = params.read("audit", AuditParams)
    stage = pipeline.load(pipeline.PIPELINE)["stages"]["audit"]

    def wanted(item: str, ready: bool, _model: ModelParams, _known: Known) -> Wanted:
        paths = pipeline.paths(stage, item)
        out, own = paths["answers"], (validity.PLACE,)
        if not paths["dataset"].is_dir():
            basis = "the dataset is not made yet"
            return Wanted((), settings.sample, exact=False, basis=basis, out=out, settings=own)
        kept = {one.instance_id for one in read_kept(paths["judgements"])}
        sample = picks.drawn(picks.shards(paths["dataset"]), settings.sample, settings.least, settings.seed, kept)
        return Wanted(map(validity.prompt, sample), 0, ready, CURRENT if ready else LAST, out, own)

    return wanted


def _lines(path: Path) -> int:
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        return sum(1 for _ in file)
