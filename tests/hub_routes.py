"""The routes of a hub: what is asked for, and the right reply to it."""

import base64
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from tests.hub_repositories import CONVERTED, Options, Repository, Revision, Snapshot, datasets

Form = list[tuple[str, str]]
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True)
class Reply:
    """`length`: of the whole body, where `body` is left out for a HEAD."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None


@dataclass(frozen=True)
class Asked:
    """What a request asks for: `route` is list, info, tree, paths-info, refs, resolve or "" for what no hub has."""

    route: str
    dataset: str | None = None
    revision: str = "main"
    path: str = ""


def asked(raw_path: str) -> Asked:
    """Read the path of a request, segment by segment, with nothing normalised."""
    parts = raw_path.partition("?")[0].split("/")[1:]
    if parts[:2] == ["api", "datasets"]:
        return _asked_of_api([unquote(part) for part in parts[2:]])
    if parts[0] == "datasets" and len(parts) > 5 and parts[3] == "resolve":
        namespace, name, _, revision, *path = (unquote(part) for part in parts[1:])
        return Asked("resolve", f"{namespace}/{name}", revision, "/".join(path))
    return Asked("")


def _asked_of_api(parts: list[str]) -> Asked:
    if len(parts) < 2:
        return Asked("bare", parts[0]) if parts else Asked("list")
    dataset, rest = "/".join(parts[:2]), parts[2:]
    if not rest or (rest[0] == "revision" and len(rest) == 2):
        return Asked("info", dataset, rest[1] if rest else "main")
    if rest[0] in ("tree", "paths-info") and len(rest) > 1:
        return Asked(rest[0], dataset, rest[1], "/".join(rest[2:]))
    return Asked("refs" if rest == ["refs"] else "", dataset)


def error(status: int, code: str, message: str) -> Reply:
    headers = {"X-Error-Code": code, "X-Error-Message": message, "Content-Type": "application/json"}
    return Reply(status, json.dumps({"error": message}).encode(), headers)


def document(value: Any, headers: Mapping[str, str] | None = None) -> Reply:
    text = json.dumps(value, default=str, skipkeys=True)
    return Reply(200, text.encode(), {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


class HubServer:
    """Answers requests; knows nothing of how a reply travels."""

    def __init__(
        self, folder: Path, states: Mapping[str, Options], revision: Revision | None, namespace: str, page: int
    ) -> None:
        self.folder, self.states, self.revision = folder, dict(states), revision
        self.namespace, self.page = namespace, page
        self.answered: Counter[str] = Counter()
        self.reload()

    def reload(self) -> None:
        """Read the folder again."""
        self.repositories = {
            id: Repository(id, folder, self.states.get(id, Options()), self.revision)
            for id, folder in datasets(self.folder, self.namespace).items()
        }

    def change(self, id: str, options: Options) -> None:
        """Give a dataset another state."""
        self.states[id] = options
        self.answered[id] = 0
        self.reload()

    def reply(self, request: Asked, raw_path: str, headers: Mapping[str, str], method: str, form: Form) -> Reply:
        """The reply to a request; `form`: what a POST holds."""
        query = parse_qsl(raw_path.partition("?")[2], keep_blank_values=True)
        root = f"http://{headers['Host']}"
        if request.route == "list":
            return self.catalogue(query, root)
        if request.route == "bare" and f"{self.namespace}/{request.dataset}" in self.repositories:
            return _moved(raw_path, f"datasets/{request.dataset}", f"datasets/{self.namespace}/{request.dataset}")
        if request.route in ("", "bare"):
            return error(404, "RepoNotFound" if request.dataset else "NotFound", "Not found.")
        found = self._open(request, raw_path, headers)
        if isinstance(found, Reply):
            return found
        snapshot = found.at(request.revision)
        if snapshot is None:
            return error(404, "RevisionNotFound", f"Invalid rev id: {request.revision!a}")
        asked_range = headers.get("Range") if method == "GET" else None
        replies: dict[str, Callable[[], Reply]] = {
            "info": lambda: _info(found, snapshot, query),
            "refs": lambda: document(_refs(found)),
            "tree": lambda: self.tree(snapshot, request.path, query, root + raw_path),
            "paths-info": lambda: _paths_info(snapshot, form),
            "resolve": lambda: _resolve(snapshot, request.path, asked_range, method),
        }
        return replies[request.route]()

    def _open(self, request: Asked, raw_path: str, headers: Mapping[str, str]) -> Repository | Reply:
        """The repository, or why the client does not get it."""
        id = request.dataset or ""
        options, token = self.states.get(id, Options()), headers.get("Authorization")
        if options.renamed_to:
            return _moved(raw_path, f"datasets/{id}", f"datasets/{options.renamed_to}")
        found = self.repositories.get(id)
        gone = options.vanishes_after is not None and self.answered[id] >= options.vanishes_after
        if found is None or options.private or gone:
            if token:
                return error(404, "RepoNotFound", "Repository not found")
            return error(401, "RepoNotFound", "Invalid username or password.")
        self.answered[id] += 1
        if options.disabled:
            return error(403, "", "Access to this resource is disabled.")
        if options.gated and request.route == "resolve" and not token:
            return error(403, "GatedRepo", f"Access to dataset {id} is restricted. You must be authenticated.")
        return found

    def catalogue(self, query: Form, root: str) -> Reply:
        """GET /api/datasets."""
        one = dict(query)
        words = [value.casefold() for key, value in query if key == "search"]
        tags = {value for key, value in query if key == "filter"}
        found = [
            repository
            for id, repository in self.repositories.items()
            if not repository.options.private
            and not repository.options.renamed_to
            and all(word in id.casefold() for word in words)
            and one.get("author", id.partition("/")[0]) == id.partition("/")[0]
            and (not tags or tags <= set(repository.tags))
            and ("gated" not in one or (one["gated"].casefold() == "true") == repository.options.gated)
        ]
        if one.get("sort"):
            ascending = one.get("direction") == "1"
            found.sort(key=lambda each: each.listed.get(one["sort"]) or 0, reverse=not ascending)
        start, length = _number(one.get("cursor"), 0), min(self.page, int(one.get("limit", self.page)))
        details = one.get("full", "").casefold() == "true"
        expand = {value for key, value in query if key in ("expand", "expand[]")}
        items = [_item(repository, details=details, expand=expand) for repository in found[start : start + length]]
        return document(items, _next(root + "/api/datasets", query, start + length, len(found)))

    def tree(self, snapshot: Snapshot, path: str, query: Form, url: str) -> Reply:
        """GET /tree/REV/DIR."""
        one = dict(query)
        if path not in snapshot.folders:
            return error(404, "EntryNotFound", f"{path!a} does not exist on {snapshot.sha!a}")
        names = list(snapshot.tree(path, recursive=one.get("recursive", "").casefold() == "true"))
        expand = one.get("expand", "").casefold() == "true"
        start, length = _number(one.get("cursor"), 0), min(self.page, 100) if expand else self.page
        entries = [snapshot.entry(name, expand=expand) for name in names[start : start + length]]
        return document(entries, _next(url.partition("?")[0], query, start + length, len(names)))


def _item(repository: Repository, *, details: bool, expand: set[str]) -> dict[str, Any]:
    if not details and not expand:
        return repository.listed
    whole = repository.details(repository.main, blobs=False)
    return {key: value for key, value in whole.items() if not expand or key in expand | {"_id", "id"}}


def _info(repository: Repository, snapshot: Snapshot, query: Form) -> Reply:
    expand = {value for key, value in query if key in ("expand", "expand[]")}
    found = repository.details(snapshot, blobs=dict(query).get("blobs", "").casefold() == "true")
    return document({key: value for key, value in found.items() if not expand or key in expand | {"_id", "id"}})


def _refs(repository: Repository) -> dict[str, Any]:
    converted = repository.converted
    refs: dict[str, Any] = {"tags": [], "pullRequests": []}
    refs["branches"] = [{"name": "main", "ref": "refs/heads/main", "targetCommit": repository.main.sha}]
    refs["converts"] = [{"name": "parquet", "ref": CONVERTED, "targetCommit": converted.sha}] if converted else []
    return refs


def _paths_info(snapshot: Snapshot, form: Form) -> Reply:
    expand = any(key == "expand" and value.casefold() == "true" for key, value in form)
    names = [value for key, value in form if key in ("paths", "paths[]")]
    there = [name for name in names if name in snapshot.files or name in snapshot.folders]
    return document([snapshot.entry(name, expand=expand) for name in there])


def _resolve(snapshot: Snapshot, path: str, asked_range: str | None, method: str) -> Reply:
    """A file, whole or the bytes asked for."""
    headers = {"X-Repo-Commit": snapshot.sha, "Accept-Ranges": "bytes"}
    file = snapshot.files.get(path)
    if file is None or file.source is None:
        missing = error(404, "EntryNotFound", "Entry not found")
        return Reply(404, missing.body, {**missing.headers, **headers})
    headers |= {"ETag": f'"{file.etag}"', "Content-Type": "application/octet-stream"}
    if file.large:
        headers |= {"X-Linked-Size": str(file.size), "X-Linked-ETag": f'"{file.etag}"'}
    if method == "HEAD":
        return Reply(200, headers=headers, length=file.size)
    match = _RANGE.fullmatch(asked_range or "")
    if not match or not any(match.groups()):
        return Reply(200, file.read(0, file.size), headers)
    if match[1]:
        start, stop = int(match[1]), min(file.size, int(match[2]) + 1) if match[2] else file.size
    else:
        start, stop = max(0, file.size - int(match[2])), file.size
    if start >= stop:
        return Reply(416, headers={**headers, "Content-Range": f"bytes */{file.size}"})
    return Reply(206, file.read(start, stop), {**headers, "Content-Range": f"bytes {start}-{stop - 1}/{file.size}"})


def _moved(raw_path: str, old: str, new: str) -> Reply:
    quoted = "/".join(quote(part, safe="") for part in old.split("/"))
    there = raw_path.replace(quoted, "/".join(quote(part, safe="") for part in new.split("/")), 1)
    return Reply(307, headers={"Location": there})


def _next(url: str, query: Form, stop: int, total: int) -> dict[str, str]:
    if stop >= total:
        return {}
    cursor = base64.urlsafe_b64encode(str(stop).encode()).decode()
    rest = [(key, value) for key, value in query if key != "cursor"]
    return {"Link": f'<{url}?{urlencode([*rest, ("cursor", cursor)])}>; rel="next"'}


def _number(cursor: str | None, default: int) -> int:
    return int(base64.urlsafe_b64decode(cursor)) if cursor else default
