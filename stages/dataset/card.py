"""The dataset card: a README.md whose header the Hugging Face hub and `datasets` read, and whose text people read.

Names come from sources that anyone can publish, so each stands in a code span of one line: nothing in it is rendered
as Markdown or HTML.
"""

import re
from collections.abc import Sequence

import yaml

from stages.dataset import usage
from stages.dataset.findings import Findings
from stages.dataset.inventory import Inventory
from stages.dataset.usage import Use
from stages.shared.markdown import code, table

NONE_DECLARED = "none declared"
LICENSES_FILE = "licenses.csv"

_ID = re.compile(r"[a-z0-9][a-z0-9.-]*")
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

`instruction`, `input` and `output` are what a model learns from (`messages` instead, where a row is a dialogue);
`license`, `terms`, `website`, `taskname`, `part`, `origin`, `revision`, `row` and `generator` say where a row comes
from, who wrote it and what it is under. `tasks.jsonl` holds the tasks of the hub datasets.
"""

LICENCES = """\
## Licences

Every row keeps the licence of its source, in its column `license`; for the whole no other licence is claimed. Read
`a|b` as a source that declares both. "none declared" (an empty `license`) means that the source says nothing about a
licence: that is no permission, and such rows are easily left out. `terms` names conditions that come with the model
that wrote a row, beside the licence. `licenses.csv` lists every source dataset with its licence and its website.
"""

LEFT_OUT = """\
## What its use leaves out

The dataset was made for {use} use (`merge.use`), so these rows of its sources are not in it. It is a reading of what
the sources declare, and no legal advice.
"""

CITATION = """\
## How to cite

Cite the source datasets whose rows you use: their websites, which say how, are in `licenses.csv`. Cite the version of
this dataset by its git tag. The way in which hub datasets become instructions is that of Dynosaur (Yin et al., EMNLP
2023, <https://arxiv.org/abs/2305.14327>).
"""


def render(inventory: Inventory, findings: Findings, shards: Sequence[str], use: Use = "all") -> str:
    """The whole card; `shards` are the file names of the parts, in the same order as `inventory.parts`."""
    size = inventory.size()
    text = [
        f"---\n{yaml.safe_dump(header(inventory, shards), sort_keys=False, allow_unicode=True)}---\n",
        INTRODUCTION.format(instances=f"{size.instances:,}", tasks=f"{size.tasks:,}", datasets=f"{size.datasets:,}"),
        "## Parts\n",
        table(
            ("part", "file", "instances", "tasks", "source datasets"),
            (
                (code(part), code(shard), *map(_number, part_size))
                for shard, (part, part_size) in zip(shards, inventory.by_part().items(), strict=True)
            ),
        ),
        LICENCES,
        table(
            ("licence", "terms", "instances", "tasks", "source datasets"),
            (
                (code(license) if license else NONE_DECLARED, code(terms) if terms else "", *map(_number, counts))
                for (license, terms), counts in inventory.by_license().items()
            ),
        ),
        *left_out(findings, use),
        "## Who wrote it\n",
        table(("generator", "instances"), _counts(inventory.generators)),
        table(("language", "instances"), _counts(inventory.languages)),
        CITATION,
    ]
    return "\n".join(text)


def left_out(findings: Findings, use: Use) -> list[str]:
    """What the use of the dataset left out, for the card; nothing where it is for any use."""
    if use == "all":
        return []
    rows = [
        (code(part), code(reason), usage.REASONS[reason], _number(count))
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
        data_files = [{"split": "train", "path": list(shards)}]
        found["configs"] = [{"config_name": "default", "data_files": data_files}]
    return found


def license_of(inventory: Inventory) -> dict[str, str]:
    """What the header says of the licence: an id only where it covers every row and no terms come with it."""
    pairs = list(inventory.by_license())
    if len(pairs) == 1 and not pairs[0][1] and _ID.fullmatch(pairs[0][0]):
        return {"license": pairs[0][0]}
    return {"license": "other", "license_name": "that-of-each-source", "license_link": LICENSES_FILE}


def size_category(instances: int) -> str:
    """The hub's word for a number of rows."""
    return next((word for limit, word in _SIZES if instances < limit), "n>1B")


def _number(count: int) -> str:
    return f"{count:,}"


def _counts(counts: dict[str, int]) -> list[tuple[str, str]]:
    """Lines of a table, the most frequent first."""
    return [
        (code(name), _number(count)) for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
