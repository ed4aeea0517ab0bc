"""Small datasets in hub layout, made where a test needs a fault that no real one has."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

BODY = "# A dataset\n\n### Dataset Summary\n\nThings people said.\n"


def card(header: dict[str, Any] | None, body: str = BODY) -> str:
    return body if header is None else f"---\n{yaml.safe_dump(header, sort_keys=False)}---\n{body}"


def label(*names: str) -> dict[str, Any]:
    return {"names": list(names), "_type": "ClassLabel"}


def table(columns: dict[str, Any], features: dict[str, Any] | None = None) -> pa.Table:
    """A table with the metadata that hub clients write beside the schema."""
    made = pa.table(columns)
    if features is None:
        return made
    return made.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})


def parquet(path: Path, made: pa.Table | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table({"text": ["one", "two"], "label": ["x", "y"]}) if made is None else made, path)
    return path


def dataset(hub: Path, id: str, files: dict[str, dict[str, pa.Table | None]], **header: Any) -> Path:
    """Write `hub/id` with one Parquet file for each config and split, listed in the card."""
    folder = hub / id
    folder.mkdir(parents=True, exist_ok=True)
    configs = []
    for config, splits in files.items():
        for split, made in splits.items():
            parquet(folder / config / f"{split}.parquet", made)
        entries = [{"split": split, "path": f"{config}/{split}.parquet"} for split in splits]
        configs.append({"config_name": config, "data_files": entries})
    header = {"language": ["en"], "license": ["mit"], "configs": configs} | header
    (folder / "README.md").write_text(card(header), "utf-8")
    return folder
