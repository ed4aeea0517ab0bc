"""`sauropod publish --run R`: a trained model on the hub, in one commit with its card, which has its scores by then.

Whole weights go there where what they started from may be handed on; else the adapters alone, where the run has some
that go on top of it. A run that has seen what is no longer in the dataset is not published, nor is an alignment on
pairs that merge no longer lets in.
"""

import argparse
import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from stages.console.show import print_table
from stages.dataset import usage
from stages.model import card, facts
from stages.model.facts import Facts
from stages.model.shards import rows
from stages.model.trained import read_trained
from stages.shared import licenses, params
from stages.shared.errors import InputError
from stages.shared.files import read_json, read_yaml

TRAINED, ALIGNED = Path("data/train"), Path("data/align")
"""Where runs leave their models, and those that were trained on preferences after that."""

DATASET, SCORES = Path("data/dataset"), Path("metrics/evaluate.json")
"""Where the dataset is, and what every model scores stands."""

PAIRS = Path("data/merge/pairs")
"""Where merge leaves the pairs that models may be trained on."""

LOCK = Path("dvc.lock")

KEPT_BACK = ("dropped.jsonl",)
"""Files of a trained model that are no part of it."""

BESIDE = (facts.FILE, "prompt.json")
"""Files that go with adapters alone."""

Kind = Literal["finetune", "adapter"]


def run(arguments: argparse.Namespace) -> None:
    """Check what would be published, and publish it unless it is a dry run."""
    model = ALIGNED / arguments.run if (ALIGNED / arguments.run).is_dir() else TRAINED / arguments.run
    known = facts.read_facts(model)
    check_seen(model)
    check_pairs(model)
    check_measured(model)
    check_policy(known, arguments.use or params.value("merge.use"), accepted=arguments.accept_terms)
    kind = form(known, model)
    text = card.render(known, scores(model), kind)
    title = f"Model {known.run}: {'adapters' if kind == 'adapter' else 'weights'} of {len(known.runs)} run"
    title += "s" if len(known.runs) > 1 else ""
    address = None
    with tempfile.TemporaryDirectory(prefix="sauropod-publish-") as folder:
        written = Path(folder) / card.FILE
        written.write_text(text, "utf-8")
        files = {**files_of(model, kind), card.FILE: written}
        sizes = {name: path.stat().st_size for name, path in sorted(files.items())}
        if not arguments.dry_run:
            # Loaded here: a dry run asks no hub.
            from stages.shared.hub import upload  # noqa: PLC0415

            address = upload.upload(arguments.repo, "model", files, title, arguments.private)
    told = {"repo": arguments.repo, "run": known.run, "kind": kind, "title": title, "private": arguments.private}
    told |= {"files": sizes, "address": address}
    if arguments.json:
        print(json.dumps({**told, "card": text, "dry_run": arguments.dry_run}, indent=2, ensure_ascii=False))
        return
    say(told, sizes, text)


def check_seen(model: Path) -> None:
    """Raise InputError where a model has seen an instance that is no longer in the dataset."""
    seen = {one.instance_id: one.part for one in read_trained(model)}
    for path in sorted(DATASET.glob("*.parquet")):
        for row in rows(path, ["instance_id"]):
            seen.pop(row["instance_id"], None)
    if seen:
        parts = ", ".join(sorted(set(seen.values())))
        raise InputError(
            "a model of what is in the dataset",
            f"one that has seen {len(seen):,} instances that are gone ({parts})",
            str(model),
            "run `dvc repro`, which trains it again without them",
        )


def check_pairs(model: Path) -> None:
    """Raise InputError where an alignment has seen other pairs than merge lets in now, by what DVC wrote down."""
    for dep in _locked().get(f"{ALIGNED.name}@{model.name}", {}).get("deps", []) if model.parent == ALIGNED else []:
        path = Path(dep["path"])
        if path.parent != PAIRS:
            continue
        # The hash by which DVC knows a file.
        now = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() if path.is_file() else "none"
        if now != dep["md5"]:
            remedy = "run `dvc repro`, which trains it again"
            raise InputError("a model of the pairs that merge lets in", "one of others", str(model), remedy)


def check_measured(model: Path) -> None:
    """Raise InputError where the scores are those of another state of the model, by what DVC wrote down of both."""
    locked = _locked()
    made = _hash(locked.get(f"{model.parent.name}@{model.name}", {}), "outs", str(model))
    for name, measure in params.value("measures").items():
        own = measure["from"] == str(model)
        asked = _hash(locked.get(f"predict@{name}", {}), "deps", str(model)) if own else made
        if asked not in (None, made):
            remedy = "run `dvc repro summarize`"
            raise InputError("scores of the model as it is", "those of an earlier one", f"dvc.lock, {name}", remedy)


def _locked() -> dict[str, Any]:
    """What DVC wrote down of each stage that ran."""
    return dict(read_yaml(LOCK).get("stages", {})) if LOCK.is_file() else {}


def _hash(stage: Mapping[str, Any], side: str, path: str) -> str | None:
    return next((one["md5"] for one in stage.get(side, []) if one["path"] == path), None)


def check_policy(known: Facts, use: usage.Use, *, accepted: bool) -> None:
    """Raise InputError where what a model learned from is unfit for a use, or comes with terms nobody accepted."""
    found: Counter[str] = Counter()
    for (license, terms), instances in card.conditions(known).items():
        if reason := usage.unfit(license, "" if accepted else terms, use):
            found[usage.REASONS[reason]] += instances
        elif terms and not accepted:
            found[f"it comes with terms ({terms}): read them, then add --accept-terms"] += instances
    if known.base.license in licenses.CUSTOM and not accepted:
        found[f"the base is under {known.base.license}: read it, then add --accept-terms"] += 1
    if reason := usage.unfit(known.base.license, "", use) if known.base.id else "":
        found[f"of the base, {usage.REASONS[reason]}"] += 1
    if found:
        came = "; ".join(f"{count:,} of which {said}" for said, count in found.items())
        remedy = "leave those rows out (`merge.use`, `sauropod forget`) and train again, or start from another base"
        raise InputError(f"what may be used for {use}", came, f"run {known.run}", remedy)


def form(known: Facts, model: Path) -> Kind:
    """Whether whole weights are published, or adapters alone; raise InputError where neither may be."""
    if known.base.kind == "configuration" or may_be_handed_on(known.base.license):
        return "finetune"
    came = known.base.license or "a base whose licence nobody said"
    remedy = "say its licence in its description (`license`), or train with lora from the base itself"
    if not (model / facts.ADAPTERS).is_dir():
        raise InputError("a base whose weights may be handed on, or adapters", came, f"run {known.run}", remedy)
    if len(known.runs) > 1:
        came += f", and adapters on top of {known.runs[-2]}"
        raise InputError("adapters that go on top of the base", came, f"run {known.run}", remedy)
    return "adapter"


def may_be_handed_on(license: str) -> bool:
    """Whether a licence permits handing on weights that were made of others: a known one, or a maker's own terms."""
    known = licenses.kind(license) == "" or license in licenses.CUSTOM
    return known and "no-derivatives" not in licenses.classes(license)


def files_of(model: Path, kind: Kind) -> dict[str, Path]:
    """What is published of a trained model but its card, by the names it gets."""
    if kind == "adapter":
        alone = {path.name: path for path in sorted((model / facts.ADAPTERS).iterdir())}
        return {**alone, **{name: model / name for name in BESIDE if (model / name).is_file()}}
    found = {path.relative_to(model).as_posix(): path for path in sorted(model.rglob("*")) if path.is_file()}
    return {name: path for name, path in found.items() if name not in (*KEPT_BACK, card.FILE)}


def scores(model: Path) -> Mapping[str, Mapping[str, Any]] | None:
    """What a model scores; None where it was not measured."""
    if not SCORES.is_file():
        return None
    found = read_json(SCORES)
    models = params.value("models")
    names = [name for name, one in models.items() if one["from"] == str(model)]
    return next((found[name] for name in names if name in found), None)


def say(told: Mapping[str, Any], sizes: Mapping[str, int], text: str) -> None:
    """What was published or would be: its files, and in a dry run its card."""
    print(f"{told['title']} → {told['repo']}{' (private)' if told['private'] else ''}")
    print_table("files", ["file", "bytes"], [[name, size] for name, size in sizes.items()])
    if told["address"]:
        print(f"published: {told['address']}")
        return
    print(f"the card:\n\n{text}")
    print("nothing was sent; without --dry-run this would be one commit")
