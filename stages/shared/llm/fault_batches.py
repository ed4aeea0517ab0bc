"""The batches of a fault server, in the forms of OpenAI's Batch API.

A batch is checked when it is made, as the API does, but says so only when it is asked for; it comes to its end at
the GET that the plan names. Requests that succeed are answered and billed at that moment, and only then.
"""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from stages.shared.llm.fault_draws import Draws, Ending
from stages.shared.llm.fault_files import Files, StoredFile
from stages.shared.llm.fault_ledger import Ledger
from stages.shared.llm.fault_plan import Plan
from stages.shared.llm.fault_replies import REFUSALS, Refusal, answer, chat_error, chat_reply
from stages.shared.llm.fault_requests import Asked, BadRequestError, asked, chance

ENDPOINT = "/v1/chat/completions"
WINDOW_S = 24 * 3600
ENDS = ("completed", "failed", "expired", "cancelled")
STAMPS = (
    "in_progress_at", "finalizing_at", "completed_at", "failed_at", "expired_at", "cancelling_at", "cancelled_at",
)  # fmt: skip


class BatchRefusedError(Exception):
    """A batch that can't be made or cancelled; carries the error reply."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


@dataclass(frozen=True)
class Line:
    """A request of a batch, and what was drawn for it."""

    custom_id: str
    asked: Asked
    ending: Ending | None


@dataclass
class Batch:
    """A batch; `faults` are those of validation, as errors.data shows them."""

    id: str
    input: StoredFile
    metadata: dict[str, str] | None
    lines: list[Line]
    faults: list[dict[str, Any]]
    created_at: int
    status: str = "validating"
    polls: int = 0
    output_file_id: str | None = None
    error_file_id: str | None = None
    completed: int = 0
    failed: int = 0
    stamps: dict[str, int] = field(default_factory=dict)

    def enter(self, status: str) -> None:
        """Take a status, and note when."""
        self.status = status
        self.stamps[f"{status}_at"] = int(time.time())

    def as_dict(self) -> dict[str, Any]:
        """The batch object of the API."""
        shown = self.faults and self.status == "failed"
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": ENDPOINT,
            "errors": {"object": "list", "data": self.faults} if shown else None,
            "input_file_id": self.input.id,
            "completion_window": "24h",
            "status": self.status,
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "created_at": self.created_at,
            "expires_at": self.created_at + WINDOW_S,
            **{stamp: self.stamps.get(stamp) for stamp in STAMPS},
            "request_counts": {"total": len(self.lines), "completed": self.completed, "failed": self.failed},
            "metadata": self.metadata,
        }


class Batches:
    """Makes batches of uploaded files and leads them to their end."""

    def __init__(self, plan: Plan, draws: Draws, ledger: Ledger, files: Files) -> None:
        self._plan, self._draws, self._ledger, self._files = plan, draws, ledger, files
        self._batches: dict[str, Batch] = {}

    def create(self, body: Any) -> Batch:
        """Make a batch; raise BatchRefusedError where the request names no uploaded file or another endpoint."""
        if not isinstance(body, dict) or body.get("endpoint") != ENDPOINT:
            raise _refused(f"The endpoint must be {ENDPOINT}.", "endpoint")
        if body.get("completion_window") != "24h":
            raise _refused("The completion window must be 24h.", "completion_window")
        file = self._files.get(str(body.get("input_file_id")))
        if file is None or file.purpose != "batch":
            raise _refused("There is no such file for batches.", "input_file_id")
        requests, faults = _validated(file.data)
        if self._plan.batch.reject:
            faults.append(_fault("token_limit_exceeded", "The plan rejects batches.", None))
        lines = [] if faults else [self._line(custom_id, one) for custom_id, one in requests]
        batch = Batch(
            f"batch_{len(self._batches) + 1:06d}", file, body.get("metadata"), lines, faults, int(time.time())
        )
        self._batches[batch.id] = batch
        return batch

    def poll(self, id: str) -> Batch | None:
        """The batch of an id, one step further; None where there is none."""
        batch = self._batches.get(id)
        if batch is None or batch.status in ENDS:
            return batch
        batch.polls += 1
        if batch.faults:
            batch.enter("failed")
        elif batch.status == "cancelling":
            batch.enter("cancelled")
        elif batch.polls >= self._plan.batch.polls:
            self._finish(batch)
        else:
            batch.enter("in_progress")
        return batch

    def cancel(self, id: str) -> Batch | None:
        """Begin to cancel a batch; raise BatchRefusedError where it is at its end."""
        batch = self._batches.get(id)
        if batch is not None and batch.status in ENDS:
            raise BatchRefusedError(Refusal(409, "invalid_request_error", f"The batch is {batch.status} already."))
        if batch is not None and batch.status != "cancelling":
            batch.enter("cancelling")
        return batch

    def listed(self) -> list[Batch]:
        """All batches, the newest first."""
        return list(reversed(self._batches.values()))

    def _line(self, custom_id: str, one: Asked) -> Line:
        self._ledger.ask(one.digest)
        return Line(custom_id, one, self._draws.line(one.digest))

    def _finish(self, batch: Batch) -> None:
        """Answer what succeeds; write both files, in an order that is not that of the requests."""
        outputs, errors = [], []
        expired = False
        for line in sorted(batch.lines, key=lambda line: chance(self._plan.seed, line.custom_id, "order")):
            refusal = self._refusal(line)
            expired = expired or line.ending == "batch_expired"
            if line.ending == "batch_expired":
                errors.append(_result(line, None, EXPIRED))
            elif refusal is not None:
                errors.append(_result(line, chat_error(refusal)))
            else:
                outputs.append(_result(line, (200, self._reply(line.asked))))
        batch.output_file_id = self._written(f"{batch.id}_output.jsonl", outputs)
        batch.error_file_id = self._written(f"{batch.id}_error.jsonl", errors)
        batch.completed, batch.failed = len(outputs), len(errors)
        batch.enter("finalizing")
        batch.enter("expired" if expired else "completed")

    def _refusal(self, line: Line) -> Refusal | None:
        """Why a request fails, counted; None where it does not, or has expired and so has no response."""
        if line.ending is not None:
            self._ledger.fault(line.ending)
            return REFUSALS["500"] if line.ending == "batch_failed" else None
        if self._plan.rejects_schema and line.asked.schema:
            self._ledger.fault("rejects_schema")
            return Refusal(400, "invalid_request_error", "Structured output is not supported.", None, line.asked.schema)
        return None

    def _reply(self, one: Asked) -> dict[str, Any]:
        reply = answer(self._plan, one)
        self._ledger.answer(one.digest)
        self._ledger.bill(one.digest, reply.input, reply.output)
        return chat_reply(one, reply)

    def _written(self, name: str, results: list[dict[str, Any]]) -> str | None:
        if not results:
            return None
        data = "".join(json.dumps(result, ensure_ascii=False) + "\n" for result in results)
        return self._files.add(name, "batch_output", data.encode("utf-8", "surrogatepass")).id


EXPIRED = {
    "code": "batch_expired",
    "message": "This request could not be executed before the completion window expired.",
}


def _result(
    line: Line, response: tuple[int, dict[str, Any]] | None, error: dict[str, str] | None = None
) -> dict[str, Any]:
    """A line of the output or the error file."""
    request_id = f"req_{line.asked.digest}"
    return {
        "id": f"batch_{request_id}",
        "custom_id": line.custom_id,
        "response": response and {"status_code": response[0], "request_id": request_id, "body": response[1]},
        "error": error,
    }


def _refused(message: str, param: str) -> BatchRefusedError:
    return BatchRefusedError(Refusal(400, "invalid_request_error", message, None, param))


def _fault(code: str, message: str, line: int | None) -> dict[str, Any]:
    return {"code": code, "message": message, "line": line, "param": None}


def _validated(data: bytes) -> tuple[list[tuple[str, Asked]], list[dict[str, Any]]]:
    """The requests of a file by custom_id, and the faults of its lines."""
    requests: dict[str, Asked] = {}
    faults = []
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            custom_id, one = _request(line)
        except BadRequestError as error:
            faults.append(_fault("invalid_request", error.message, number))
            continue
        if custom_id in requests:
            faults.append(_fault("duplicate_custom_id", f"The custom_id {custom_id} came before.", number))
        requests[custom_id] = one
    if not requests and not faults:
        faults.append(_fault("empty_file", "The file holds no requests.", None))
    return list(requests.items()), faults


def _request(line: bytes) -> tuple[str, Asked]:
    """A line of an input file; raise BadRequestError where it is not one."""
    try:
        found = json.loads(line)
    except ValueError as error:
        raise BadRequestError("The line is not JSON.") from error
    if not isinstance(found, dict) or not isinstance(found.get("custom_id"), str):
        raise BadRequestError("A custom_id is missing.")
    if found.get("method") != "POST" or found.get("url") != ENDPOINT:
        raise BadRequestError(f"The line does not POST to {ENDPOINT}.")
    return found["custom_id"], asked(found.get("body"))
