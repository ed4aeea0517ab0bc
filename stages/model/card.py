"""The card of a trained model: a README.md whose header the Hugging Face hub reads, and whose text people read.

It is written when the model is published, from what training left (facts.py) and with the scores that are known then;
no training depends on its words.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import yaml

from stages.model.facts import Facts
from stages.shared import licenses
from stages.shared.markdown import code, table

FILE = "README.md"

FORM: Final = "of-its-base-and-sources"
"""What the header says of a licence that is none of the hub's: the card's own table tells it."""

_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
_LANGUAGE = re.compile(r"[a-z]{2,3}")

BOUNDS = {
    "no-derivatives": "nobody may publish what is made of it",
    "non-commercial": "no commercial use",
    "share-alike": "what is made of it is passed on under the same licence",
}
"""What a class of licences binds to, in the words of the card."""

USE = """\
## How to use it

Load it with `transformers` ({loader}). Ask it in the form that its `prompt.json` names, as it was
trained; `stages/model/prompts.py` of the project writes that form.
"""

BYTES_USE = """\
## How to use it

It reads and writes bytes (id = byte + 3, 0 pads, 1 ends), so it has no tokenizer; `encoding.json` says how much text it
sees. `stages/model/codec.py` of the project writes its ids. It was made to show that the road works, not to be used.
"""

LIMITS = """\
## Limits

It has learned from instructions that were made from datasets, mostly by rules or by another model; some are wrong, and
so are some answers. Nothing was done to keep it from saying what is false, offensive or unsafe. Most of what it saw is
in {languages}. Measure it on your own task before you rely on it.
"""

LICENCE = """\
## Licence

What it was trained on and what it started from come under these conditions. A licence of a text does not always bind a
model that learned from it; where it does, all of these hold together. This is a reading of what the sources declare,
and no legal advice. `facts.json` names every source with its licence and how many of its instances were seen: those to
be credited are there.
"""

Scores = Mapping[str, Mapping[str, Any]]
"""What metrics/evaluate.json says of one model: by benchmark, numbers by name."""


def render(facts: Facts, scores: Scores | None = None, kind: Literal["finetune", "adapter"] = "finetune") -> str:
    """The whole card; kind: whether all weights are beside it, or adapters alone."""
    text = [
        f"---\n{yaml.safe_dump(header(facts, scores, kind), sort_keys=False, allow_unicode=True)}---\n",
        f"# {facts.run}\n",
        _beginning(facts, kind),
        _use(facts, kind),
        "## What it was trained on\n",
        table(("run", "part", "instances"), _parts(facts)),
        _licence(facts),
        "## How it was trained\n",
        *_trained(facts),
        *_scores(scores),
        LIMITS.format(languages=", ".join(map(code, _languages(facts))) or "a language that nobody declared"),
    ]
    return "\n".join(text)


def header(facts: Facts, scores: Scores | None, kind: Literal["finetune", "adapter"]) -> dict[str, object]:
    """The YAML header of the card, in the hub's own terms."""
    found: dict[str, object] = {}
    if facts.base.id:
        found |= {"base_model": facts.base.id, "base_model_relation": kind}
    datasets = sorted({one.dataset for one in facts.sources if _ID.fullmatch(one.dataset)})
    found |= {
        "library_name": "peft" if kind == "adapter" else "transformers",
        "language": _languages(facts),
        **license_of(facts),
        "tags": [
            "instruction-tuning",
            "sauropod",
            *(["lora"] if facts.recipe and facts.recipe.lora else []),
            *(["dpo"] if facts.preferences else []),
        ],
        **({"datasets": datasets} if datasets else {}),
    }
    if not facts.paired:
        found["pipeline_tag"] = "text-generation"
    if results := list(_results(scores)):
        found["model-index"] = [{"name": facts.run, "results": results}]
    return found


def license_of(facts: Facts) -> dict[str, str]:
    """What the header says of the licence: an id only where it covers the base and every row, and no terms do."""
    named = {one.license for one in facts.sources}
    if facts.base.kind != "configuration":
        named.add(facts.base.license)
    if len(named) == 1 and not any(one.terms for one in facts.sources) and licenses.kind(only := min(named)) == "":
        return {"license": only}
    return {"license": "other", "license_name": FORM, "license_link": FILE}


def conditions(facts: Facts) -> dict[tuple[str, str], int]:
    """The licences and terms of what it was trained on, with their instances, in order of name."""
    found: Counter[tuple[str, str]] = Counter()
    for one in facts.sources:
        found[one.license, one.terms] += one.instances
    return dict(sorted(found.items()))


def bound(license: str) -> list[str]:
    """What a licence, or several (`a|b`), binds to, in words."""
    classes = {name for id in license.split("|") for name in licenses.classes(id)}
    said = [words for name, words in BOUNDS.items() if name in classes]
    return said if license else ["nothing says that it may be used"]


def _beginning(facts: Facts, kind: str) -> str:
    origin = {
        "configuration": "a model made from sizes, with weights from chance",
        "folder": "a model in a folder of its makers",
        "hub": f"{code(facts.base.id)} at {code(facts.base.revision)}",
    }[facts.base.kind]
    chain = f" It went through the runs {', '.join(map(code, facts.runs))}." if len(facts.runs) > 1 else ""
    shape = "An encoder-decoder" if facts.paired else "A decoder-only model"
    alone = " Here are its adapters alone: they go on top of the base." if kind == "adapter" else ""
    size = f"{facts.parameters:,} parameters"
    return f"{shape} of {size}, trained to follow instructions. It started from {origin}.{chain}{alone}\n"


def _use(facts: Facts, kind: str) -> str:
    if facts.recipe and facts.recipe.format == "bytes":
        return BYTES_USE
    loader = "`AutoModelForSeq2SeqLM`" if facts.paired else "`AutoModelForCausalLM`"
    if kind == "adapter":
        loader = f"`PeftModel` of `peft` on the base, itself {loader}"
    return USE.format(loader=loader)


def _parts(facts: Facts) -> Iterator[tuple[str, str, str]]:
    found: dict[tuple[str, str], int] = defaultdict(int)
    for one in facts.sources:
        found[one.run, one.part] += one.instances
    for run in facts.runs:
        for (name, part), count in sorted(found.items()):
            if name == run:
                yield code(run), code(part), f"{count:,}"


def _licence(facts: Facts) -> str:
    rows = []
    if facts.base.kind != "configuration":
        rows.append(("the base", *_line(facts.base.license, ""), ""))
    rows += [("instances", *_line(*pair), f"{count:,}") for pair, count in conditions(facts).items()]
    return f"{LICENCE}\n{table(('of', 'licence', 'terms', 'binds to', 'instances'), rows)}"


def _line(license: str, terms: str) -> tuple[str, str, str]:
    return (code(license) or licenses.NONE_DECLARED, code(terms), "; ".join(bound(license)))


def _trained(facts: Facts) -> Iterator[str]:
    if facts.recipe:
        yield f"By the recipe `{facts.recipe_name}`.\n"
        yield _settings(facts.recipe.model_dump())
        if facts.shortened:
            yield f"{facts.shortened:,} of its instances were longer than it holds, and seen in part.\n"
        yield "Its curve, in bits per byte of the answers: since the line before, and of instances set aside.\n"
        yield table(("step", "training", "set aside"), _curve(facts))
    if facts.preferences:
        yield "Then on pairs of answers of which one is preferred (DPO).\n"
        yield _settings(facts.preferences)


def _settings(found: Mapping[str, Any]) -> str:
    known = {key: value for key, value in found.items() if value is not None and value is not False}
    return table(("key", "value"), ((code(key), code(str(value))) for key, value in known.items()))


def _curve(facts: Facts) -> Iterator[tuple[str, str, str]]:
    """Ten points at most, the last one among them."""
    stride = -(-len(facts.curve) // 10)
    for point in facts.curve[::-1][::stride][::-1]:
        held = "" if point.validation is None else f"{point.validation:.3f}"
        yield f"{point.step:,}", f"{point.train:.3f}", held


def _scores(scores: Scores | None) -> list[str]:
    if not scores:
        return []
    lines = [
        (code(benchmark), code(name), str(value))
        for benchmark, found in scores.items()
        for name, value in found.items()
        if isinstance(value, int | float | str)
    ]
    return ["## Scores\n", table(("benchmark", "measure", "value"), lines)]


def _results(scores: Scores | None) -> Iterator[dict[str, object]]:
    """The scores as the hub's own index has them: numbers of the model, not of the baselines beside it."""
    for benchmark, found in (scores or {}).items():
        metrics = [
            {"type": kind, "name": name, "value": found[name]}
            for name, kind in (("exact_match", "exact_match"), ("rougeL", "rouge"))
            if isinstance(found.get(name), int | float)
        ]
        if metrics:
            yield {
                "task": {"type": "text-generation"},
                "dataset": {"type": benchmark, "name": benchmark},
                "metrics": metrics,
            }


def _languages(facts: Facts) -> list[str]:
    """The languages of what it was trained on, the most frequent first."""
    found: Counter[str] = Counter()
    for one in facts.sources:
        found[one.language] += one.instances
    names = sorted(found, key=lambda name: (-found[name], name))
    return [name for name in names if _LANGUAGE.fullmatch(name)]
