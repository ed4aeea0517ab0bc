"""A file of a dataset on the hub, read in parts: only what is asked for crosses the network."""

import os

import httpx2
from fsspec.spec import AbstractBufferedFile
from huggingface_hub import constants, hf_hub_url, try_to_load_from_cache
from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

from stages.shared.hub.polite import UnavailableError

WHOLE_BYTES = 1_000_000
"""Files up to this size are read at once."""

BLOCK_BYTES, BLOCKS = 1_000_000, 16
"""Larger ones in blocks of this size, of which so many are held in memory."""


class RemoteFile(AbstractBufferedFile):  # type: ignore[misc]
    """The bytes of one file at one revision; raises what huggingface_hub raises for an answer that is no file."""

    def __init__(self, id: str, name: str, revision: str, size: int) -> None:
        self.failed: Exception | None = None
        """What went wrong with the network, for readers that make an error of their own of it."""
        self._url = hf_hub_url(id, name, repo_type="dataset", revision=revision, endpoint=constants.ENDPOINT)
        whole = size <= WHOLE_BYTES
        super().__init__(
            None,
            f"{id}/{name}",
            block_size=max(size, 1) if whole else BLOCK_BYTES,
            cache_type="all" if whole else "blockcache",
            cache_options={} if whole else {"maxblocks": BLOCKS},
            size=size,
        )

    def _fetch_range(self, start: int, end: int) -> bytes:
        if end <= start:
            return b""
        try:
            return self._asked(start, end)
        except Exception as error:
            self.failed = error
            raise

    def _asked(self, start: int, end: int) -> bytes:
        headers = {**build_hf_headers(), "range": f"bytes={start}-{end - 1}"}
        response: httpx2.Response = get_session().get(self._url, headers=headers)
        hf_raise_for_status(response)
        content = response.content if response.status_code == 206 else response.content[start:end]
        wanted = min(end, self.size) - start  # the last block may reach beyond the end
        if len(content) != wanted:  # a page that stands in the way, say, and no fault of the file
            raise UnavailableError(f"{len(content)} of {wanted} bytes of {self.path}")
        return content


def in_hub_cache(id: str, name: str, revision: str) -> str | None:
    """Where the hub's own cache (HF_HUB_CACHE) holds a file of a dataset; None where it does not."""
    found = try_to_load_from_cache(id, name, revision=revision, repo_type="dataset")
    return found if isinstance(found, str) and os.path.isfile(found) else None  # noqa: PTH113 - a path the hub's cache gives
