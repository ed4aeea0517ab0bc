"""`sauropod audit`: what was found of the dataset's sample, the rows for a person to look at, and what comes back."""

import argparse
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stages.console import pipeline
from stages.console.questions import many
from stages.console.show import dollars, metrics, print_table
from stages.dataset.people import KEY, SAMPLE, key, read_answers, write_kept
from stages.dataset.validity import FAULTS
from stages.shared.errors import InputError
from stages.shared.records import PART_ID
from stages.shared.sheets import read_sheet, write_sheet

COLUMNS = {
    "all_valid": "all valid",
    "task_sound": "task sound",
    "input_fitting": "input fits",
    "output_right": "output right",
}
PUBLISHED = {"dynosaur": "Dynosaur (published)", "self-instruct": "Self-Instruct (published)"}


def run(arguments: argparse.Namespace) -> None:
    """Write the rows, take judgements in, or show what was found."""
    paths = pipeline.paths(pipeline.load(pipeline.PIPELINE)["stages"]["audit"], "")
    if arguments.out:
        done = given_out(Path(arguments.out), paths)
    elif arguments.take:
        done = taken(Path(arguments.take), paths)
    else:
        found = metrics(paths["metrics"])
        print(json.dumps(found, indent=2)) if arguments.json else shown(found)
        return
    said = done.pop("said")
    print(json.dumps(done, indent=2) if arguments.json else said)


def given_out(out: Path, paths: Mapping[str, Path]) -> dict[str, Any]:
    """Write the rows of the sample that this person has not judged yet; raise InputError where the file is there."""
    if out.exists():
        raise InputError("a new file", "one that is there, perhaps with judgements", str(out), "name another file")
    kept = paths["judgements"] / f"{person(out)}.csv"
    done = {key(one) for one in read_answers(kept, "")} if kept.exists() else set()
    left = [row for row in sample(paths["sample"]) if row[KEY] not in done]
    write_sheet(out, SAMPLE, left)
    said = [
        f"{out}: {many(len(left), 'row')} of the sample. Say yes or no in task_sound, input_fitting and output_right, "
        f"and where one is no name in error_type the fault that weighs most:",
        *(f"  {name:<18}{what}" for name, what in FAULTS.items()),
        f"What else there is to say goes into comment. Then: sauropod audit --take {out}",
    ]
    return {"file": str(out), "rows": len(left), "faults": FAULTS, "said": "\n".join(said)}


def taken(file: Path, paths: Mapping[str, Path]) -> dict[str, Any]:
    """Put the judgements in a file among those that are kept, new ones in place of old ones of the same row."""
    if not file.is_file():
        raise InputError("a table from `sauropod audit --out`", "no file", str(file), "correct the path")
    name = person(file)
    kept = paths["judgements"] / f"{name}.csv"
    before = {one.instance_id: one for one in read_answers(kept, name)} if kept.exists() else {}
    found = {one.instance_id: one for one in read_answers(file, name)}
    current = {row[KEY] for row in sample(paths["sample"])}
    here = sum(key(one) in current for one in found.values())
    changed = sum(before.get(id, one) != one for id, one in found.items())
    write_kept(kept, {**before, **found}.values())
    new = len(found.keys() - before.keys())
    said = (
        f"{kept}: {many(len(found), 'judgement')} taken, {new:,} new and {changed:,} changed; "
        f"{here:,} are on rows of the sample as it is. Next: dvc repro audit"
    )
    return {"file": str(kept), "taken": len(found), "changed": changed, "in_sample": here, "said": said}


def person(file: Path) -> str:
    """Who judges, by the name of the file; raise InputError for a name that can't be kept."""
    if file.suffix != ".csv" or not re.fullmatch(PART_ID, file.stem):
        raise InputError(f"NAME.csv with a name of the form {PART_ID}", file.name, str(file), "name the file after you")
    return file.stem


def sample(path: Path) -> list[dict[str, str]]:
    """The rows of the sample; raise InputError where the stage has not drawn it yet."""
    if not path.exists():
        raise InputError("the sample of the dataset", "none", str(path), "run `dvc repro audit` first")
    return [row for _, row in read_sheet(path, SAMPLE)]


def shown(found: Mapping[str, Any]) -> None:
    """Print what people and a model found, beside what the papers report, then part by part."""
    judges = {name: found[name] for name in ("people", "model") if found[name]}
    rows = [[name, one["all_valid"]["of"], *(cell(one[key]) for key in COLUMNS)] for name, one in judges.items()]
    rows += [[PUBLISHED[name], one["of"], cell(one), "", "", ""] for name, one in found["published"].items()]
    print_table("rows that are sound, percent (95 %)", ["judged by", "rows", *COLUMNS.values()], rows)
    if judges:
        parts = [
            [part, size["rows"], size["drawn"], *(of_part(one, part) for one in judges.values())]
            for part, size in found["sample"].items()
        ]
        print_table("all valid, by part", ["part", "rows", "in the sample", *judges], parts)
    for line in told(found, judges):
        print(f"  {line}")


def cell(share: Mapping[str, Any]) -> str:
    """A share with its interval."""
    return f"{share['share']:.1f} ({share['low']:.1f} to {share['high']:.1f})"


def of_part(one: Mapping[str, Any], part: str) -> str:
    """The valid share of a part and of how many rows it is."""
    own = one["by_part"].get(part)
    return f"{cell(own)} of {own['of']:,}" if own else "-"


def told(found: Mapping[str, Any], judges: Mapping[str, Any]) -> Iterator[str]:
    """What else there is to say: the faults, how far judges agree, what it cost, and what is left to do."""
    for name, one in judges.items():
        if one["faults"]:
            faults = sorted(one["faults"].items(), key=lambda fault: (-fault[1], fault[0]))
            yield f"faults ({name}): {', '.join(f'{fault} {count:,}' for fault, count in faults)}"
    if found["agreement"]:
        both = found["agreement"]["all_valid"]
        kappa = "" if both["kappa"] is None else f" (kappa {both['kappa']:.2f})"
        yield f"model and people agree on {100 * both['raw']:.1f} % of {both['instances']:,} rows{kappa}"
    if asked := found["asked"]:
        cost = "cost unknown" if asked["cost_usd"] is None else dollars(asked["cost_usd"])
        yield f"{asked['answers']:,} replies, {cost}"
    judged = found["judged"]
    if judged["by_people"] < judged["rows"]:
        left = judged["rows"] - judged["by_people"]
        yield f"{left:,} of {judged['rows']:,} rows are judged by no person: sauropod audit --out NAME.csv"
    if not judged["by_model"]:
        yield "no model judges them (params.yaml, key audit.model)"
