"""The dataset card: a README.md whose header the Hugging Face hub and `datasets` read, and whose text people read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from stages.dataset import licenses, making, usage
from stages.dataset.findings import Findings
from stages.dataset.inventory import Inventory
from stages.dataset.licenses import Described
from stages.dataset.usage import Use
from stages.shared.licenses import KNOWN, NONE_DECLARED
from stages.shared.markdown import code, counts, number, table

LICENSES_FILE = "licenses.csv"
ATTRIBUTION_FILE = "ATTRIBUTION.md"

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*|code")
_SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
)

INTRODUCTION = """\
# Sauropod instruction data

Instances: {instances} · tasks: {tasks} · source datasets: {datasets}

The dataset grows by parts (a wave of hub datasets, a domain, a corpus). Each part is one file, and a part that joins
later leaves the files before it as they are, byte for byte.

```python
from datasets import load_dataset

rows = load_dataset("path/to/this/folder", split="train")
```

The name of a file without its ending is that of a configuration, which loads that part alone
(`load_dataset("path/to/this/folder", {example}, split="train")`).

`instruction`, `input` and `output` are what a model learns from (`messages` instead, where a row is a dialogue);
`license`, `terms`, `website`, `taskname`, `part`, `origin`, `revision`, `row` and `generator` say where a row comes
from, who wrote it and what it is under. `tasks.jsonl` holds the tasks of the hub datasets.
"""

LICENCES = """\
## Licences

Every row keeps the licence of its source, in its column `license`; for the whole no other licence is claimed. Read
`a|b` as a source that declares both. "none declared" (an empty `license`) means that the source says nothing about a
licence: that is no permission, and such rows are easily left out. `terms` names conditions that come with the model
that wrote a row, beside the licence. `licenses.csv` lists every source with its licence and its website, and
`ATTRIBUTION.md` names them as attribution asks for.

For the dataset as a whole, by what its sources declare (a computed statement, no legal advice):

{statement}"""

CLASSES = {
    "no-derivatives": "forbid what is made of them, as this is",
    "non-commercial": "forbid commercial use",
    "share-alike": "ask for the same licence on what is made of them",
    "unknown": "name no licence, or none that is known, which is no permission",
    "terms": "come with terms of the model that wrote them",
}
"""What the conditions of licences mean, by the names that licenses.statement gives them."""

LEFT_OUT = """\
## What its use leaves out

The dataset was made for {use} use (`merge.use`), so these rows of its sources are not in it. It is a reading of what
the sources declare, and no legal advice.
"""

CITATION = """\
## How to cite

Cite the source datasets whose rows you use: their websites, which say how, are in `licenses.csv`. Cite the version of
this dataset by its git tag. The way in which hub datasets become instructions is that of Dynosaur (Yin et al., EMNLP
2023, <https://arxiv.org/abs/2305.14327>), that in which domains are explored is that of Explore-Instruct (Wan et al.,
EMNLP 2023, <https://arxiv.org/abs/2310.09168>).
"""


@dataclass(frozen=True)
class Facts:
    """What a card tells. shards: the file names of the parts, in the order of `inventory.parts`. merge: its params.

    said: what sources say of themselves. ledger, asking: as in the metrics.
    """

    inventory: Inventory
    findings: Findings
    shards: Sequence[str]
    merge: Mapping[str, Any]
    said: Mapping[tuple[str, str], Described]
    ledger: Mapping[str, Any]
    asking: Mapping[str, Any]


def render(facts: Facts) -> str:
    """The whole card."""
    inventory, size = facts.inventory, facts.inventory.size()
    text = [
        f"---\n{yaml.safe_dump(header(inventory, facts.shards), sort_keys=False, allow_unicode=True)}---\n",
        INTRODUCTION.format(
            instances=number(size.instances),
            tasks=number(size.tasks),
            datasets=number(size.datasets),
            example=f'"{config(facts.shards[0])}"' if facts.shards else "NAME",
        ),
        "## Parts\n",
        table(
            ("part", "file", "instances", "tasks", "source datasets"),
            (
                (code(part), code(shard), *map(number, part_size))
                for shard, (part, part_size) in zip(facts.shards, inventory.by_part().items(), strict=True)
            ),
        ),
        LICENCES.format(statement=statement(inventory)),
        table(
            ("licence", "terms", "instances", "tasks", "source datasets"),
            (
                (code(license) if license else NONE_DECLARED, code(terms) if terms else "", *map(number, pair_size))
                for (license, terms), pair_size in inventory.by_license().items()
            ),
        ),
        *left_out(facts.findings, facts.merge["use"]),
        "## Who wrote it\n",
        table(("generator", "instances"), counts(inventory.generators)),
        table(("language", "instances"), counts(inventory.languages)),
        *making.sections(facts.merge, facts.findings, facts.ledger, facts.asking),
        CITATION,
        "".join(f"- {code(name)}: {code(text)}\n" for name, text in licenses.citations(inventory, facts.said)),
    ]
    return "\n".join(text).rstrip("\n") + "\n"


def statement(inventory: Inventory) -> str:
    """What may be done with the whole, in sentences, with the parts that stand in the way."""
    found = licenses.statement(inventory)
    if not inventory.sources:
        return "- There are no rows.\n"
    lines = [
        "- Every row allows commercial use."
        if found["commercial"]
        else "- Not every row allows commercial use, as far as is known; `merge.use: commercial` leaves out the rest."
    ]
    for name, meaning in CLASSES.items():
        for part, one in found["by_class"][name].items():
            ids = ", ".join(NONE_DECLARED if id == "none" else code(id) for id in one["licenses"])
            lines.append(f"- Instances of {code(part)} that {meaning}: {number(one['instances'])} ({ids}).")
    if not any(found["by_class"].values()):
        lines.append("- No row asks for more than attribution.")
    return "\n".join(lines) + "\n"


def config(shard: str) -> str:
    """The configuration that loads one shard: its name without the ending."""
    return shard.removesuffix(".parquet")


def left_out(findings: Findings, use: Use) -> list[str]:
    """What the use of the dataset left out, for the card; nothing where it is for any use."""
    if use == "all":
        return []
    rows = [
        (code(part), code(reason), usage.REASONS[reason], number(count))
        for part, reasons in findings.by_use().items()
        for reason, count in reasons.items()
    ]
    return [LEFT_OUT.format(use=use), table(("part", "reason", "meaning", "instances"), rows)]


def header(inventory: Inventory, shards: Sequence[str]) -> dict[str, object]:
    """The YAML header of the card, in the hub's own terms."""
    found: dict[str, object] = {
        "pretty_name": "Sauropod instruction data",
        "language": sorted(name for name in inventory.languages if _LANGUAGE.fullmatch(name)),
        **license_of(inventory),
        "task_categories": ["text-generation"],
        "size_categories": [size_category(inventory.size().instances)],
    }
    if shards:
        every = [("default", list(shards)), *((config(shard), [shard]) for shard in shards)]
        found["configs"] = [
            {"config_name": name, "data_files": [{"split": "train", "path": paths}]} for name, paths in every
        ]
    return found


def license_of(inventory: Inventory) -> dict[str, Any]:
    """What the header says of the licence: all ids that rows are under; `other` stands for terms, and for what is no id
    of the hub, and `unknown` for none declared.
    """
    ids = set()
    for license, terms in inventory.by_license():
        ids |= {id if id in KNOWN else "other" for id in license.split("|")} if license else {"unknown"}
        ids |= {"other"} if terms else set()
    if ids and "other" not in ids:
        return {"license": sorted(ids)}
    return {
        "license": [*sorted(ids - {"other"}), "other"],
        "license_name": "that-of-each-source",
        "license_link": LICENSES_FILE,
    }


def size_category(instances: int) -> str:
    """The hub's word for a number of rows."""
    return next((word for limit, word in _SIZES if instances < limit), "n>1B")
