"""Whether params.yaml says what its stages can read, so that a typing error ends no pipeline in its last hour."""

from collections.abc import Mapping

from stages.corpus.collect import CollectParams
from stages.corpus.policies import CleanParams
from stages.dataset.analyze import AnalyzeParams
from stages.dataset.audit import AuditParams
from stages.dataset.merge import MergeParams
from stages.dataset.report import ReportParams
from stages.domain.filling import EnrichParams
from stages.domain.prune import PruneParams
from stages.domain.sample import SampleParams
from stages.domain.search import ExploreParams
from stages.domain.thin import ThinParams
from stages.hub.filter import FilterParams
from stages.hub.generate import GenerateParams
from stages.hub.reading import CrawlParams
from stages.hub.select import SelectParams
from stages.hub.styles import OrganizeParams
from stages.model.benchmarks import read_benchmark
from stages.model.decoding import PredictParams
from stages.model.evaluate import EvaluateParams
from stages.model.harnessed import HarnessParams, Suite
from stages.model.judge import JudgeParams, Pair
from stages.model.mix import MixParams
from stages.model.recipe import Alignment, AlignParams, Recipe, TrainParams
from stages.model.runs import Run
from stages.model.summarize import Measure, SummarizeParams
from stages.shared import params
from stages.shared.errors import ParamsError
from stages.shared.hub.polite import HubClient
from stages.shared.llm.client import ClientParams
from stages.shared.llm.seam import ModelParams
from stages.shared.params import Section

SECTIONS: Mapping[str, type[Section]] = {
    "crawl": CrawlParams,
    "select": SelectParams,
    "generate": GenerateParams,
    "filter": FilterParams,
    "organize": OrganizeParams,
    "explore": ExploreParams,
    "enrich": EnrichParams,
    "prune": PruneParams,
    "thin": ThinParams,
    "sample": SampleParams,
    "collect": CollectParams,
    "clean": CleanParams,
    "merge": MergeParams,
    "analyze": AnalyzeParams,
    "audit": AuditParams,
    "report": ReportParams,
    "mix": MixParams,
    "train": TrainParams,
    "align": AlignParams,
    "predict": PredictParams,
    "evaluate": EvaluateParams,
    "judge": JudgeParams,
    "harness": HarnessParams,
    "summarize": SummarizeParams,
    "hub.client": HubClient,
    "llm.client": ClientParams,
}
"""The sections of params.yaml, and what each must say."""

LISTED: Mapping[str, type[Section]] = {
    "runs": Run,
    "alignments": Alignment,
    "recipes": Recipe,
    "measures": Measure,
    "pairs": Pair,
    "suites": Suite,
    "llm.models": ModelParams,
}
"""The sections that list things by their names, and what each of these must say."""


def check() -> None:
    """Raise ParamsError for the first section of params.yaml with a key or value that its stage would refuse, and for
    an alignment on a corpus that is no part of the dataset.
    """
    for name, section in SECTIONS.items():
        params.read(name, section)
    for key, section in LISTED.items():
        for name in params.value(key) or {}:
            params.read(f"{key}.{name}", section)
    for name in params.value("benchmarks"):
        read_benchmark(name)
    for name, alignment in (params.value("alignments") or {}).items():
        if alignment["corpus"] not in (params.value("corpora") or []):
            raise ParamsError(
                f"a corpus of the dataset ({', '.join(params.value('corpora') or []) or 'none'})",
                alignment["corpus"],
                f"params.yaml, key alignments.{name}.corpus",
                "let it join with `sauropod grow --corpus`, or name one of them",
            )
