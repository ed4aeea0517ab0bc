"""licenses.csv: one line for each source dataset of each part, with the conditions its instances are under."""

import csv
from pathlib import Path

from stages.dataset.inventory import Inventory
from stages.shared import files

COLUMNS = ("license", "terms", "part", "dataset", "website", "instances", "tasks")


def rows(inventory: Inventory) -> list[tuple[str, ...]]:
    """The lines below the header, sorted; an empty licence means that the source declares none."""
    found: list[tuple[str, ...]] = []
    for source, holding in sorted(inventory.sources.items(), key=lambda item: item[0]):
        found.append((*source, str(holding.instances), str(len(holding.tasks))))
    return found


def write(path: Path, inventory: Inventory) -> None:
    """Write the table in UTF-8 with a header and line feeds (RFC 4180 quoting)."""
    with files.replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows(inventory))
