"""Reading back what was paid for before: a stage's own answers as of the last commit, through DVC.

DVC removes the outputs of a stage before it runs, so the file itself is gone by then; its committed version is in the
cache, in a remote, or nowhere at hand. Whoever pulled it pays nothing for what is in it; whoever has not is stopped
before paying for it a second time.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML

from stages.shared.errors import StoreError
from stages.shared.files import explain
from stages.shared.llm.seam import FREE
from stages.shared.llm.store import Store
from stages.shared.records import Answer

REVISION = "HEAD"


def refill(store: Store, out: Path, *, pay_again: bool) -> int:
    """Take the last committed version of a stage's answers into the store; return how many were new.

    Raises StoreError as `committed` does.
    """
    return store.refill(committed(out, pay_again=pay_again))


def committed(out: Path, *, pay_again: bool) -> Iterator[Answer]:
    """The answers in the last committed version of a stage's output, where a model was asked for them for money.

    Outside a DVC repository, and for an output that no commit has, there are none. Raises StoreError where answers that
    were paid for are committed but not at hand, unless they may be paid for again.
    """
    # DVC takes half a second to load, and only paid answers need it.
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    from dvc import api  # noqa: PLC0415
    from dvc.exceptions import DvcException  # noqa: PLC0415

    try:
        with api.open("dvc.lock", rev=REVISION, encoding="utf-8") as file:
            lock = file.read()
    except DvcException:  # no repository, no commit, or no pipeline that has run
        return
    if not _was_paid_for(lock, out):
        return
    try:
        with api.open(out.as_posix(), rev=REVISION, encoding="utf-8") as file:
            for line in file:
                yield Answer.model_validate_json(line)
    except (DvcException, BotoCoreError, ClientError, OSError) as error:
        if pay_again:
            return
        raise StoreError(
            "the answers of the last commit, which were paid for",
            f"none in this clone's cache and none from a remote ({error})",
            str(out),
            f"run `dvc pull {out}` first, or set llm.client.pay_again to true to pay for them again",
        ) from error
    except ValidationError as error:
        if pay_again:
            return
        raise StoreError(
            "answers of the last commit that can be read",
            explain(error),
            str(out),
            "commit the file as the stage wrote it, or set llm.client.pay_again to true to pay for the rest again",
        ) from error


def _was_paid_for(lock: str, out: Path) -> bool:
    """Whether a dvc.lock lists answers that a model was asked for, for money or time.

    Not every stage tracks its one model: `audit` tracks them all, and `predict` has it in a file. But whoever asks
    nobody writes no answers, save by the free providers, which the stage that uses them tracks.
    """
    if f"path: {out.as_posix()}\n" not in lock:
        return False
    document: dict[str, Any] = YAML(typ="safe").load(io.StringIO(lock))
    for stage in document["stages"].values():
        if any(one["path"] == out.as_posix() and one.get("size") != 0 for one in stage.get("outs", [])):
            sections = stage.get("params", {}).values()
            models = [value for one in sections for key, value in one.items() if key.startswith("llm.models.")]
            return not models or any(model.get("provider") not in FREE for model in models)
    return False
