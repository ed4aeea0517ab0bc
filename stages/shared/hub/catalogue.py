"""The catalogue of the Hugging Face hub: what it lists, a page at a time, and at which commit a dataset is now.

Only what the hub says of datasets is asked for, never their rows. HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE count, as
the hub's library reads them. Everything here is asked inside `polite.asking`, which repeats what failed and bounds how
long it takes.
"""

import hashlib
import heapq
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from httpx2 import HTTPError, InvalidURL
from huggingface_hub import constants
from huggingface_hub.errors import (
    DisabledRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status, paginate

from stages.shared.errors import HubError
from stages.shared.hub.polite import UnavailableError
from stages.shared.text import whole

PAGE = 1000
"""Datasets asked for at once; the hub may give fewer."""

CONVERTED = "refs/convert/parquet"
"""The revision at which the hub keeps its own Parquet conversion of a dataset."""

EXPANDED = ("sha", "createdAt", "lastModified", "downloads", "gated", "private", "disabled", "tags")

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*/[A-Za-z0-9_][A-Za-z0-9_.-]*")
_ABOUT = (".gitattributes", ".gitignore", "readme.md", "license", "license.txt", "license.md")
"""Files that say something about a dataset and are no part of its data."""

Order = Literal["downloads", "createdAt"]


@dataclass(frozen=True)
class Listed:
    """What the catalogue says of a dataset; dates are ISO 8601 in UTC, "" where it gives none.

    tags: what cards and the hub tell of a dataset by kind: license, language, modality, format, task_categories,
    size_categories ... `gated` datasets are read only by those whom their owners let in.
    """

    id: str
    revision: str
    created: str
    modified: str
    downloads: int
    gated: bool
    private: bool
    disabled: bool
    tags: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Pinned:
    """A dataset as it is now: its present id (the hub redirects former ones), the commit of its files, and the commit
    of their Parquet conversion where they are in other formats (None: there is none, or none is needed).

    files: how many data files it has. parquet: whether some of them are Parquet. content: a hash of their hashes, the
    same for two copies; "" where it has none, or the hub does not say their hashes.
    """

    listed: Listed
    converted: str | None
    files: int
    parquet: bool
    content: str


def listed(order: Order, languages: Sequence[str], at_most: int) -> Iterator[Listed]:
    """Yield the first `at_most` datasets of the hub, most downloaded or newest first, a page in memory at a time.

    languages: only datasets that declare one of them (empty: all). Raises HubError where the hub can't be asked.
    """
    lists = [_list(order, language, at_most) for language in languages] or [_list(order, None, at_most)]
    seen: set[str] = set()

    def is_new(found: Listed) -> bool:
        known = found.id in seen
        seen.add(found.id)
        return not known

    merged = heapq.merge(*lists, key=lambda one: one.downloads if order == "downloads" else one.created, reverse=True)
    return islice((found for found in merged if is_new(found)), at_most)


def pinned(id: str, revision: str | None = None) -> Pinned | None:
    """A dataset as it is now, or was at a commit; None where the hub has none of this id, or shows it to nobody.

    Raises HubError where the hub can't be asked.
    """
    found = _info(id, revision, {"blobs": True})
    if found is None:
        return None
    siblings = [file for file in found.get("siblings") or () if isinstance(file, dict) and "rfilename" in file]
    files = [file for file in siblings if str(file["rfilename"]).casefold() not in _ABOUT]
    parquet = any(str(file["rfilename"]).casefold().endswith(".parquet") for file in files)
    conversion = None if parquet or revision else _info(id, CONVERTED, {})
    converted = conversion.get("sha") if conversion else None
    return Pinned(_listed(found), converted, len(files), parquet, _content(files))


def is_id(id: str) -> bool:
    """Whether an id can be one of the hub's: namespace/name, or a name alone, as the oldest datasets have it."""
    return len(id) <= 200 and ".." not in id and _ID.fullmatch(id if "/" in id else f"_/{id}") is not None


def current_id(id: str) -> str | None:
    """The id that a dataset has now; None where the hub has it no longer."""
    found = _info(id, None, {"expand": ["sha"]})
    return None if found is None else _listed(found).id


def _list(order: Order, language: str | None, at_most: int) -> Iterator[Listed]:
    """The hub's list, of one language or of all."""
    query: dict[str, Any] = {"sort": order, "limit": min(PAGE, at_most), "expand": list(EXPANDED)}
    if language is not None:
        query["filter"] = f"language:{language}"
    with _asking("its list of datasets"):
        for found in paginate(_address(), params=query, headers=build_hf_headers()):
            yield _listed(found)


def _info(id: str, revision: str | None, query: dict[str, Any]) -> dict[str, Any] | None:
    """What the hub says of one dataset; None where it has none, or not this revision of it."""
    address = f"{_address()}/{quote(id)}" + (f"/revision/{quote(revision, safe='')}" if revision else "")
    with _asking(id):
        answer = get_session().get(address, params=query, headers=build_hf_headers())
        try:
            hf_raise_for_status(answer)
        except (RepositoryNotFoundError, RevisionNotFoundError, DisabledRepoError):
            return None
        except HfHubHTTPError:
            if answer.status_code == 404:
                return None
            raise
        found = answer.json()
    if not isinstance(found, dict):
        raise _no_catalogue(type(found).__name__, id)
    return found


def _address() -> str:
    return f"{constants.ENDPOINT}/api/datasets"


@contextmanager
def _asking(what: str) -> Iterator[None]:
    """Turn what the hub's library raises into one sentence; no header or token is part of it."""
    where = f"{urlsplit(constants.ENDPOINT).hostname or constants.ENDPOINT}, {what}"
    if constants.is_offline_mode():
        raise HubError("a hub to ask", "HF_HUB_OFFLINE", where, "unset HF_HUB_OFFLINE")
    try:
        yield
    except HfHubHTTPError as error:
        status = error.response.status_code
        if status in (401, 403):
            remedy = "correct HF_TOKEN, or unset it and leave out what is not public"
            raise HubError("a token that the hub lets in", f"status {status}", where, remedy) from error
        raise HubError("an answer of the hub", f"status {status}", where, "try again later") from error
    except (HTTPError, InvalidURL, UnavailableError) as error:
        came = f"{type(error).__name__} ({' '.join(str(error).split())[:200]})"
        remedy = "check the network and HF_ENDPOINT, then try again"
        raise HubError("an answer of the hub", came, where, remedy) from error
    except ValueError as error:
        raise _no_catalogue("no JSON", what) from error


def _no_catalogue(came: str, what: str) -> HubError:
    where = f"{urlsplit(constants.ENDPOINT).hostname or constants.ENDPOINT}, {what}"
    return HubError("what a hub of datasets says as JSON", came, where, "correct HF_ENDPOINT")


def _listed(found: Any) -> Listed:
    """An entry of the hub's list, or what it says of one dataset; whatever has not the form expected counts as absent.

    Raises HubError for an entry without an id.
    """
    id = found.get("id") if isinstance(found, dict) else None
    if not isinstance(id, str):
        raise _no_catalogue(f"the id {str(id)[:80]!r}", "its list of datasets")
    tags: dict[str, tuple[str, ...]] = {}
    for tag in found.get("tags") or ():
        kind, colon, value = whole(str(tag)).partition(":")
        if colon and value:
            tags[kind] = (*tags.get(kind, ()), value)
    downloads = found.get("downloads")
    return Listed(
        id=whole(id),
        revision=_text(found, "sha"),
        created=_text(found, "createdAt"),
        modified=_text(found, "lastModified"),
        downloads=downloads if isinstance(downloads, int) else 0,
        gated=bool(found.get("gated")),
        private=bool(found.get("private")),
        disabled=bool(found.get("disabled")),
        tags=tags,
    )


def _text(found: Mapping[str, Any], key: str) -> str:
    value = found.get(key)
    return whole(value) if isinstance(value, str) else ""


def _content(files: Sequence[Mapping[str, Any]]) -> str:
    """A hash over the hashes of all data files; "" where there are none, or the hub does not say their hashes."""
    hashes = []
    for file in files:
        stored = file.get("lfs")
        value = stored.get("sha256") if isinstance(stored, dict) else file.get("blobId")
        if not isinstance(value, str):
            return ""
        hashes.append(value)
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()[:16] if hashes else ""
