"""The hub's catalogue, asked over HTTP of a hub on this host."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest
from huggingface_hub import constants

from stages.shared.errors import HubError
from stages.shared.hub import catalogue, polite
from tests.hub_faults import FaultPlan
from tests.hub_repositories import Options
from tests.hubserver import Hub, serving
from tests.shared.hub import making

CLIENT = polite.HubClient(
    concurrency=2, requests_per_minute=None, timeout_s=20, attempts=4, dataset_s=60, max_failed_share=0
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Nine datasets of two languages."""
    for number in range(9):
        language = ["en", "de"] if number == 8 else ["de"] if number % 3 == 0 else ["en"]
        making.dataset(tmp_path / "hub", f"ns/d{number}", {"default": {"train": None}}, language=language)
    return tmp_path / "hub"


STATES = {
    f"ns/d{number}": Options(downloads=number * 10, created_at=f"2026-0{9 - number}-01T00:00:00.000Z")
    for number in range(9)
}


@contextmanager
def asking(hub: Hub, monkeypatch: pytest.MonkeyPatch, client: polite.HubClient = CLIENT) -> Iterator[None]:
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    monkeypatch.setattr(polite, "FIRST_WAIT_S", 0.001)
    with polite.asking(client):
        yield


def ids(order: catalogue.Order, *languages: str, at_most: int = 100) -> list[str]:
    return [found.id.removeprefix("ns/") for found in catalogue.listed(order, languages, at_most)]


def test_the_list_comes_in_the_order_asked_for_over_all_pages_and_languages(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(folder, STATES, page=2) as hub, asking(hub, monkeypatch):
        assert ids("downloads") == ["d8", "d7", "d6", "d5", "d4", "d3", "d2", "d1", "d0"]
        assert ids("createdAt") == ["d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8"]
        assert ids("downloads", "de") == ["d8", "d6", "d3", "d0"]
        assert ids("downloads", "de", "en") == ["d8", "d7", "d6", "d5", "d4", "d3", "d2", "d1", "d0"]
        assert ids("createdAt", "de", "en") == ["d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8"]
        assert ids("downloads", at_most=3) == ["d8", "d7", "d6"]


def test_no_page_is_asked_for_before_its_datasets_are(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(folder, STATES, page=2) as hub, asking(hub, monkeypatch):
        assert [found.id for found in islice(catalogue.listed("downloads", (), 100), 3)] == ["ns/d8", "ns/d7", "ns/d6"]
        assert len(hub.requests) == 2


def test_an_entry_says_what_the_list_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states = {"ns/d0": Options(gated=True, downloads=99, created_at="2026-06-15T10:00:00.000Z")}
    with serving(folder, states) as hub, asking(hub, monkeypatch):
        (found,) = [one for one in catalogue.listed("downloads", (), 100) if one.id == "ns/d0"]
        pinned = catalogue.pinned("ns/d0")
    assert (found.gated, found.private, found.disabled, found.downloads) == (True, False, False, 99)
    assert found.created == "2026-06-15T10:00:00.000Z"
    assert found.tags["license"] == ("mit",)
    assert found.tags["language"] == ("de",)
    assert found.tags["format"] == ("parquet",)
    assert pinned
    assert (pinned.listed.revision, pinned.listed.id) == (found.revision, "ns/d0")


@pytest.mark.parametrize("kinds", [("429",), ("503",), ("500",), ("reset",), ("cut",), ("redirect",)])
def test_a_fault_in_the_middle_of_the_list_changes_nothing_of_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, kinds: tuple[str, ...]
) -> None:
    plan = FaultPlan(share=0.6, kinds=kinds, most=2, retry_after_s=0)
    with serving(folder, STATES, plan, page=2) as hub, asking(hub, monkeypatch):
        assert ids("downloads") == ["d8", "d7", "d6", "d5", "d4", "d3", "d2", "d1", "d0"]
        assert {one.fault for one in hub.requests} == {None, *kinds}


def test_a_hub_that_goes_on_failing_is_named_in_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(folder, STATES, FaultPlan(share=1.0, kinds=("503",), most=99)) as hub, asking(hub, monkeypatch):
        with pytest.raises(HubError, match="its list of datasets: expected an answer of the hub") as caught:
            ids("downloads")
        assert len(hub.requests) == CLIENT.attempts
        with pytest.raises(HubError, match="ns/d0: expected an answer of the hub"):
            catalogue.pinned("ns/d0")
    assert "\n" not in str(caught.value)


def test_a_hub_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = Hub.__new__(Hub)
        address.url = f"http://127.0.0.1:{server.getsockname()[1]}"
        client = CLIENT.model_copy(update={"timeout_s": 0.05, "attempts": 2})
        with asking(address, monkeypatch, client):
            for ask in (lambda: ids("downloads"), lambda: catalogue.pinned("ns/d0")):
                with pytest.raises(HubError, match="ReadTimeout"):
                    ask()


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b'[{"id": 3}]', b'{"error": []}'])
def test_what_is_no_catalogue_is_refused(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    with answering(200, body) as address, asking(address, monkeypatch):
        with pytest.raises(HubError, match="correct HF_ENDPOINT"):
            list(catalogue.listed("downloads", (), 5))
        if body[:1] != b"[":
            return
        with pytest.raises(HubError, match="correct HF_ENDPOINT"):
            catalogue.pinned("ns/d0")


def test_a_token_that_the_hub_refuses_is_said_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    headers = "X-Error-Message: Invalid credentials in Authorization header\r\n"
    refused = pytest.raises(HubError, match="correct HF_TOKEN")
    with answering(401, b"{}", headers) as address, asking(address, monkeypatch), refused as caught:
        ids("downloads")
    assert "hf_secret" not in str(caught.value)


def test_where_the_library_is_told_to_stay_offline_no_request_is_sent(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "is_offline_mode", lambda: True)
    with serving(folder) as hub, asking(hub, monkeypatch):
        with pytest.raises(HubError, match="unset HF_HUB_OFFLINE"):
            ids("downloads")
        assert hub.requests == []


@contextmanager
def answering(status: int, body: bytes, headers: str = "") -> Iterator[Hub]:
    """A server that gives every request the same answer."""
    reply = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n".encode() + body
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(reply)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        address = Hub.__new__(Hub)
        address.url = f"http://127.0.0.1:{server.getsockname()[1]}"
        yield address
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_dataset_is_pinned_to_its_commit_its_present_id_and_the_conversion_it_needs(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    making.parquet(tmp_path / "converted/default/train/0000.parquet")
    (folder / "ns/text").mkdir()
    (folder / "ns/text/README.md").write_text(making.card({}), "utf-8")
    (folder / "ns/text/data.csv").write_text("a\n1\n", "utf-8")
    states = {
        "ns/text": Options(converted=tmp_path / "converted"),
        "ns/old": Options(renamed_to="ns/d1"),
        "ns/d2": Options(script=True),
        "ns/d3": Options(empty=True),
        "ns/d4": Options(private=True),
        "ns/d5": Options(vanishes_after=0),
        "ns/d6": Options(disabled=True),
    }
    with serving(folder, states) as hub, asking(hub, monkeypatch):
        found = {id: catalogue.pinned(f"ns/{id}") for id in ("text", "old", "d2", "d3", "d4", "d5", "d6", "none", "d1")}
        assert [id for id, one in found.items() if one is None] == ["d4", "d5", "d6", "none"]
        text, old, script, empty, plain = (found[id] for id in ("text", "old", "d2", "d3", "d1"))
        assert text
        assert old
        assert script
        assert empty
        assert plain
        conversion = catalogue.pinned("ns/text", "refs/convert/parquet")
        assert (text.parquet, text.converted) == (False, conversion and conversion.listed.revision)
        assert text.converted != text.listed.revision
        assert (plain.parquet, plain.converted) == (True, None)
        assert (old.listed.id, old.content, catalogue.current_id("ns/old")) == ("ns/d1", plain.content, "ns/d1")
        assert (script.files, script.parquet, script.converted) == (1, False, None)
        assert (empty.files, empty.content) == (0, "")
        assert catalogue.current_id("ns/none") is None


def test_copies_have_the_same_content_whatever_their_cards_say(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "ns/d1/README.md").write_text(making.card({"license": "gpl"}), "utf-8")
    making.parquet(folder / "ns/d2/default/train.parquet", making.table({"text": ["other"]}))
    with serving(folder) as hub, asking(hub, monkeypatch):
        contents = [one.content for number in range(3) if (one := catalogue.pinned(f"ns/d{number}"))]
    assert contents[0] == contents[1] != contents[2]
    assert "" not in contents


@pytest.mark.parametrize(
    ("id", "fits"),
    [
        ("glue", True),
        ("nyu-mll/glue", True),
        ("../glue", False),
        ("a/b/c", False),
        ("a/../b", False),
        ("a b/c", False),
        ("a/" + "x" * 300, False),
    ],
)
def test_only_a_name_with_at_most_a_namespace_is_an_id(id: str, fits: bool) -> None:
    assert catalogue.is_id(id) == fits
