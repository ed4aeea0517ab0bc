"""Write the report of a version: one page on how the dataset grew, what was dropped, what it is under and what it does.

It reads metrics alone, so it runs again whenever one of them changes, and takes no time. Which ones, dvc.yaml says; a
version that does not measure something has no section on it.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pydantic import PositiveInt

from stages.dataset import composition, funnel, portrait, results
from stages.dataset.figures import Figures, units
from stages.dataset.page import Section, render
from stages.shared import params, parts, stage
from stages.shared.errors import InputError, ParamsError
from stages.shared.files import read_json, replacing
from stages.shared.params import Section as ParamsSection

SOURCE = "Made from the files in metrics/ by the stage report. The same metrics give the same page."


MEASURED: dict[str, Callable[[Figures], Section]] = {
    "analyze": portrait.texts,
    "audit": portrait.audit,
    "evaluate": results.scores,
    "continual": results.forgetting,
}
"""The sections on what was measured, by the name of the metrics that each is made from, in the page's order."""


class ReportParams(ParamsSection):
    """`report` in params.yaml. title: of the page. most_bytes: of the page, which git keeps for every version."""

    title: str
    most_bytes: PositiveInt


def page(title: str, ids: Sequence[str], found: Mapping[str, Figures], ledgers: Sequence[tuple[str, Figures]]) -> str:
    """The page of a version. ids: its parts in order. found: metrics by name; ledgers: by part and stage.

    Raises ParamsError where the metrics of the dataset are not there, or the ledgers are of other parts; InputError
    where a key is missing; LedgerError where counts do not balance.
    """
    if "dataset" not in found:
        raise _disagree("--figures dataset", ", ".join(found) or "none")
    others = {name.rpartition("/")[0] for name, _ in ledgers} ^ set(ids)
    if others:
        raise _disagree(f"--ledger for {', '.join(ids) or 'no part'}", f"one too many or too few of {min(others)}")
    dataset = found["dataset"]
    merged = units(dataset.at("ledger"))
    sections: list[Section | None] = [
        composition.growth(dataset),
        funnel.funnel(funnel.steps(ledgers), merged),
        composition.kept_out(dataset),
        composition.licences(dataset),
        composition.costs(dataset),
    ]
    sections += [section(found[name]) for name, section in MEASURED.items() if name in found]
    return render(title, composition.lead(dataset), [one for one in sections if one], SOURCE)


def main(paths: argparse.Namespace) -> None:
    """Read params and metrics; write the page."""
    settings = params.read("report", ReportParams)
    found = {name: read(path) for name, path in paths.figures}
    ledgers = [(name, read(path)) for name, path in paths.ledger]
    text = page(settings.title, [str(part) for part in parts.read()], found, ledgers)
    size = len(text.encode())
    if size > settings.most_bytes:
        raise InputError(
            f"a page of at most {settings.most_bytes:,} bytes", f"{size:,}", str(paths.report),
            "raise report.most_bytes in params.yaml"
        )  # fmt: skip
    with replacing(paths.report) as temporary:
        temporary.write_text(text, "utf-8", newline="\n")


def read(path: Path) -> Figures:
    """A file of metrics."""
    return Figures(path.as_posix(), read_json(path))


def _disagree(expected: str, came: str) -> ParamsError:
    return ParamsError(
        expected, came, "dvc.yaml, stage report", "let `sauropod grow` write these lines, or undo the edit"
    )


if __name__ == "__main__":
    stage.run(main, __doc__, outputs=("report",), named=("figures", "ledger"))
