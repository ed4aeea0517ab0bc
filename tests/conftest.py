"""What every test stands on: where the larger real data is, and no network beyond this host."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import tests.guard.sitecustomize  # noqa: F401 - refuses other hosts from here on

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the files of this folder come first: they run whole pipelines, and the last to begin would be waited for."""
    items.sort(key=lambda item: item.path.parent != ROOT / "tests")


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of larger real data: $SAUROPOD_TEST_DATA, or the one kept beside the checkout."""
    folder = Path(os.environ.get("SAUROPOD_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "hub").is_dir():
        pytest.skip(f"left out: no larger test data in {folder} (set SAUROPOD_TEST_DATA)")
    return folder


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this checkout."""
    return ROOT


@pytest.fixture(scope="session")
def seed_rows(repository: Path) -> list[tuple[str, str, str]]:
    """Instruction, input and output of the 175 seed tasks that are shipped."""
    lines = (repository / "data/sources/corpora/self-instruct-seeds.jsonl").read_text("utf-8").splitlines()
    tasks = [json.loads(line) for line in lines]
    return [(one["instruction"], one["instances"][0]["input"], one["instances"][0]["output"]) for one in tasks]


@dataclass(frozen=True)
class Bucket:
    """An S3 server on this host that holds the bucket `sauropod`, and the variables that give access to it."""

    address: str
    env: dict[str, str]


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    """A new S3 server with an empty bucket."""
    # Loaded here: they take seconds, and most tests need no server.
    import boto3  # noqa: PLC0415
    from moto.server import ThreadedMotoServer  # noqa: PLC0415

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    boto3.client(
        "s3", "us-east-1", endpoint_url=address, aws_access_key_id="test", aws_secret_access_key="test"
    ).create_bucket(Bucket="sauropod")
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    yield Bucket(address, keys)
    server.stop()
