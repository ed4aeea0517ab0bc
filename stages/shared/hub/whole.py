"""Whole files of datasets and models on the Hugging Face hub at a commit, kept in its own cache (HF_HUB_CACHE)."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from huggingface_hub import HfApi, hf_hub_download

from stages.shared.errors import HubError
from stages.shared.hub.polite import HubClient, asking
from stages.shared.hub.refusals import TRIED, refused


def commit(id: str, client: HubClient) -> str:
    """The commit that a dataset is at now; raises as `fetch` does."""
    with asking(client):
        try:
            found = HfApi().dataset_info(id, timeout=client.timeout_s).sha
        except TRIED as error:
            raise refused(error, id) from error
    if found is None:
        raise HubError("the commit of a dataset", "none", id, "see the dataset's page")
    return found


def fetch(id: str, revision: str, patterns: Sequence[str], client: HubClient) -> dict[str, Path]:
    """The files that names or patterns name, in their order and then by name, and where they are now.

    Raises HubError for a pattern that no file fits; UnreadableError where the dataset or a file can't be had.
    """
    where = f"{id}@{revision}"
    with asking(client):
        try:
            hub = HfApi()
            there = sorted(hub.list_repo_files(id, repo_type="dataset", revision=revision))
        except TRIED as error:
            raise refused(error, where) from error
        names = dict.fromkeys(name for pattern in patterns for name in _fitting(there, pattern, where))
        return {name: _file(id, revision, name) for name in names}


def _fitting(names: Sequence[str], pattern: str, where: str) -> list[str]:
    found = [name for name in names if fnmatchcase(name, pattern)]
    if not found:
        shown = ", ".join(names[:10]) or "no file"
        raise HubError(f"a file {pattern!r}", shown, where, "correct `files` in the description of the corpus")
    return found


def model_file(id: str, revision: str, name: str, client: HubClient) -> Path:
    """A file of a model at a commit; raises as `fetch` does."""
    with asking(client):
        return _file(id, revision, name, "model")


def _file(id: str, revision: str, name: str, kind: str = "dataset") -> Path:
    try:
        return Path(hf_hub_download(id, name, repo_type=kind, revision=revision))
    except TRIED as error:
        raise refused(error, f"{id}@{revision}, {name}") from error
