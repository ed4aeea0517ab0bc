"""Putting files on a hub: one commit, however often it takes to get through.

The hub's own client sends; HF_ENDPOINT and HF_TOKEN are honoured. A commit names the one that it follows, and files
that lie there already are not sent: so when the reply to a commit is lost, asking again finds it done.
"""

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal, TypeVar

import httpx2
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, constants, get_token
from huggingface_hub.errors import HfHubHTTPError, HFValidationError

from stages.shared.errors import HubError
from stages.shared.hub import polite

Kind = Literal["dataset", "model"]
"""What a repository of the hub holds."""

ATTEMPTS = 6
"""How often each step is tried."""

PASSING = (*polite.AGAIN, 409, 412)
"""Statuses after which a step is tried again; the last two: another commit came in between."""

Found = TypeVar("Found")


def upload(
    repo: str, kind: Kind, files: Mapping[str, Path], message: str, private: bool, *, replaces: Sequence[str] = ()
) -> str:  # fmt: skip
    """Put files into a repository of the hub in one commit, and return the address of the commit.

    The repository is made where there is none. files: by their names there. replaces: patterns of names; a file there
    that fits one and is not among `files` is deleted. Where nothing would change there is no new commit, and the
    address is that of the last. Raises HubError: no token, no right to write, a public repository where a private one
    was asked for, or a hub that does not answer.
    """
    api, where = HfApi(endpoint=constants.ENDPOINT), f"{constants.ENDPOINT}, {repo}"
    if not get_token():
        raise HubError("a token that may write", "none", where, "set HF_TOKEN (`hf auth login` keeps one)")
    _through(lambda: api.create_repo(repo, repo_type=kind, private=private, exist_ok=True), where)

    def commit() -> str:
        there = api.dataset_info(repo) if kind == "dataset" else api.model_info(repo)
        if private and not there.private:
            remedy = "make it private on the hub, or choose another name"
            raise HubError("a private repository", "one that everybody can read", where, remedy)
        names = [one.rfilename for one in there.siblings or []]
        stale = [name for name in names if name not in files and any(fnmatch(name, one) for one in replaces)]
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            CommitOperationAdd(path_in_repo=name, path_or_fileobj=str(path)) for name, path in sorted(files.items())
        ]
        operations += [CommitOperationDelete(path_in_repo=name, is_folder=False) for name in stale]
        made = api.create_commit(repo, operations, commit_message=message, repo_type=kind, parent_commit=there.sha)
        return str(made.commit_url)

    return _through(commit, where)


def tag(repo: str, kind: Kind, name: str, address: str) -> None:
    """Give a commit (the address that `upload` returned) a name; raise HubError where another commit has it."""
    api, where = HfApi(endpoint=constants.ENDPOINT), f"{constants.ENDPOINT}, {repo}"
    commit = address.rpartition("/")[2]

    def give() -> None:
        api.create_tag(repo, tag=name, revision=commit, repo_type=kind, exist_ok=True)
        tags = {one.name: one.target_commit for one in api.list_repo_refs(repo, repo_type=kind).tags}
        if tags.get(name, commit) != commit:
            remedy = "the files are there; delete that tag on the hub, or publish under another tag"
            raise HubError(f"the tag {name} at {commit[:9]}", f"one at {tags[name][:9]}", where, remedy)

    _through(give, where)


def _through(step: Callable[[], Found], where: str) -> Found:
    """What a step gives, tried again after a fault that may pass; raise HubError for one that does not."""
    for attempt in range(ATTEMPTS):
        try:
            return step()
        except (HfHubHTTPError, HFValidationError, httpx2.HTTPError, ValueError, RuntimeError) as error:
            cause = error.__cause__ if isinstance(error, RuntimeError) and error.__cause__ else error
            wait = _wait(cause, attempt)
            if wait is None:
                raise _refused(cause, where) from error
            if attempt + 1 == ATTEMPTS:
                said = f"{_said(cause)} in attempt {ATTEMPTS}"
                remedy = "try again later; what is there already is not sent twice"
                raise HubError("a hub that takes it", said, where, remedy) from error
            time.sleep(wait)
    raise AssertionError("the last attempt returns or raises")


def _wait(error: BaseException, attempt: int) -> float | None:
    """The seconds to wait after a fault that may pass, as long as a Retry-After says; None for one that does not."""
    usual: float = min(polite.FIRST_WAIT_S * 2**attempt * random.uniform(0.75, 1.25), polite.LONGEST_WAIT_S)  # noqa: S311
    if isinstance(error, HfHubHTTPError):
        passing = error.response.status_code in PASSING
        return polite.retry_after(error.response.headers, usual) if passing else None
    if isinstance(error, json.JSONDecodeError | httpx2.TimeoutException | httpx2.NetworkError | httpx2.ProtocolError):
        return usual
    return None


def _refused(error: BaseException, where: str) -> HubError:
    if isinstance(error, HFValidationError):
        return HubError("ORG/NAME of letters, digits, - and _", _said(error), where, "choose another name")
    if isinstance(error, HfHubHTTPError) and error.response.status_code in (401, 403, 404):
        remedy = "set HF_TOKEN to a token that may write there, or choose another name"
        return HubError("a repository that may be written", _said(error), where, remedy)
    return HubError("files that the hub takes", _said(error), where, "mend what the hub names")


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
