"""The routes of a hub that take files: repositories that are made, files that are sent, commits and tags."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.hub_routes import Reply, document, error

LARGE = (".parquet", ".safetensors", ".bin")
"""Names of files that go to large file storage; all others are part of the commit."""


@dataclass(frozen=True)
class Commit:
    """A commit: its id, its message, and every file that the repository holds after it."""

    sha: str
    message: str
    files: Mapping[str, bytes]


@dataclass
class Uploaded:
    """A repository that was made: its commits, first to last, and its tags."""

    private: bool
    commits: list[Commit]
    tags: dict[str, str] = field(default_factory=dict)


class Uploads:
    """What was put on a hub; knows nothing of how a reply travels. token: of the one who may write."""

    def __init__(self, token: str = "hf_of_a_test") -> None:
        self.token = token
        self.repositories: dict[tuple[str, str], Uploaded] = {}
        self.objects: dict[str, bytes] = {}

    def reply(self, method: str, raw_path: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        """The reply to a request that writes, or that is about what was written; None for any other."""
        parts = [unquote(part) for part in urlsplit(raw_path).path.split("/")[1:]]
        root = f"http://{headers['Host']}"
        if parts[0] == "objects" and method == "PUT":
            self.objects[sha256(body).hexdigest()] = body
            return Reply(200)
        make: Callable[[], Reply] | None = None
        if parts == ["api", "repos", "create"]:
            make = lambda: self._create(json.loads(body), root)  # noqa: E731
        elif parts == ["api", "validate-yaml"]:
            make = lambda: document({"errors": [], "warnings": []})  # noqa: E731
        elif parts[-4:] == ["info", "lfs", "objects", "batch"]:
            make = lambda: self._batch(json.loads(body), root)  # noqa: E731
        elif parts[0] == "api" and len(parts) >= 4 and (parts[1][:-1], "/".join(parts[2:4])) in self.repositories:
            kind, id = parts[1][:-1], "/".join(parts[2:4])
            make = lambda: self._about(kind, id, parts[4:], body, root)  # noqa: E731
        if make is None:
            return None
        if headers.get("Authorization") != f"Bearer {self.token}":
            return error(401, "", "Invalid username or password.")
        return make()

    def _create(self, wanted: dict[str, Any], root: str) -> Reply:
        kind, id = wanted.get("type", "model"), f"{wanted['organization']}/{wanted['name']}"
        if wanted["organization"] == "others":
            return error(403, "", "You don't have the rights to create a repository under others.")
        url = json.dumps({"url": f"{root}/{'' if kind == 'model' else f'{kind}s/'}{id}"}).encode()
        if (kind, id) in self.repositories:
            return Reply(409, url, {"Content-Type": "application/json"})
        first = Commit(sha1(id.encode()).hexdigest(), "initial commit", {".gitattributes": b"*.parquet filter=lfs\n"})
        self.repositories[kind, id] = Uploaded(wanted.get("visibility") == "private", [first])
        return Reply(200, url, {"Content-Type": "application/json"})

    def _batch(self, wanted: dict[str, Any], root: str) -> Reply:
        listed = []
        for one in wanted["objects"]:
            send = {"actions": {"upload": {"href": f"{root}/objects/{one['oid']}"}}}
            listed.append({**one, **({} if one["oid"] in self.objects else send)})
        return document({"transfer": "basic", "objects": listed})

    def _about(self, kind: str, id: str, rest: list[str], body: bytes, root: str) -> Reply:
        repository = self.repositories[kind, id]
        last = repository.commits[-1]
        if not rest or rest[0] == "revision":
            siblings = [{"rfilename": name} for name in last.files]
            return document({"id": id, "sha": last.sha, "private": repository.private, "siblings": siblings})
        if rest[0] == "preupload":
            return document({"files": [_mode(one["path"], last) for one in json.loads(body)["files"]]})
        if rest[0] == "commit":
            return self._commit(kind, id, [json.loads(line) for line in body.splitlines()], root)
        if rest[0] == "tag":
            name = json.loads(body)["tag"]
            if name in repository.tags:
                return error(409, "", "Tag reference exists already")
            repository.tags[name] = rest[1]
            return document({})
        tags = [
            {"name": name, "ref": f"refs/tags/{name}", "targetCommit": sha} for name, sha in repository.tags.items()
        ]
        main = [{"name": "main", "ref": "refs/heads/main", "targetCommit": last.sha}]
        return document({"branches": main, "converts": [], "tags": tags})

    def _commit(self, kind: str, id: str, lines: list[dict[str, Any]], root: str) -> Reply:
        repository = self.repositories[kind, id]
        last = repository.commits[-1]
        head = lines[0]["value"]
        if head.get("parentCommit") not in (None, last.sha):
            return error(412, "", "A commit has happened since. Please refresh and try again.")
        files = dict(last.files)
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "deletedFile":
                del files[value["path"]]
            elif line["key"] == "lfsFile":
                if value["oid"] not in self.objects:
                    return error(400, "", f"{value['path']} was not uploaded")
                files[value["path"]] = self.objects[value["oid"]]
            else:
                files[value["path"]] = base64.b64decode(value["content"])
        sha = sha1(f"{last.sha} {lines}".encode()).hexdigest()
        repository.commits.append(Commit(sha, head["summary"], files))
        address = f"{root}/{'' if kind == 'model' else f'{kind}s/'}{id}/commit/{sha}"
        return document({"success": True, "commitOid": sha, "commitUrl": address})


def _mode(path: str, last: Commit) -> dict[str, Any]:
    """How a file is sent, and what lies there under its name."""
    large, there = path.endswith(LARGE), last.files.get(path)
    found: dict[str, Any] = {"path": path, "uploadMode": "lfs" if large else "regular", "shouldIgnore": False}
    if there is not None:
        found["oid"] = sha256(there).hexdigest() if large else sha1(b"blob %d\0%s" % (len(there), there)).hexdigest()
    return found
