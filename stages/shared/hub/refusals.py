"""What a hub's refusals mean: each error of its client becomes a reason word, or an error of this project."""

import re

import httpx2
from huggingface_hub.errors import (
    DisabledRepoError,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from stages.shared.errors import HubError
from stages.shared.hub.polite import TimeLimitError, UnavailableError
from stages.shared.hub.seam import UnreadableError

TRIED = (
    HfHubHTTPError,
    HFValidationError,
    EntryNotFoundError,
    OfflineModeIsEnabled,
    UnavailableError,
    TimeLimitError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
)
"""What asking a hub may raise; the last four come from answers that are not of the form that its client expects."""


class TransientError(UnreadableError):
    """It could not be read now; another time it may be."""


_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (GatedRepoError, "gated"),
    (RevisionNotFoundError, "revision-gone"),
    (EntryNotFoundError, "file-missing"),
    (DisabledRepoError, "disabled"),
    (HFValidationError, "id-invalid"),
)


_REQUEST_ID = re.compile(r"\s*\(Request ID: [^)]*\)")
"""What the hub calls a request: another word each time, and so no part of an output."""


def refused(error: Exception, where: str) -> Exception:
    """What to raise for an error of the hub's client: UnreadableError with a reason, or HubError for a bad token."""
    said = " ".join(_REQUEST_ID.sub("", str(error)).split())[:300] or type(error).__name__
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return UnreadableError(reason, said, where)
    if isinstance(error, RepositoryNotFoundError):
        gone = error.response.status_code == httpx2.codes.NOT_FOUND
        return UnreadableError("removed" if gone else "private", said, where)
    if isinstance(error, OfflineModeIsEnabled):
        return HubError("a hub that may be asked", said, where, "unset HF_HUB_OFFLINE")
    if isinstance(error, HfHubHTTPError) and error.response.status_code == httpx2.codes.UNAUTHORIZED:
        return HubError("a token that the hub knows", said, where, "set HF_TOKEN to a valid token, or unset it")
    return TransientError("time-limit" if isinstance(error, TimeLimitError) else "unavailable", said, where)
