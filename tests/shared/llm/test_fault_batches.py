"""Batches, through the real SDK: forms, order, ends, and that a request is billed once, when its batch is done."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import openai
import pytest
from openai.types import Batch

from stages.shared.llm.fault_plan import BatchPlan, Plan
from stages.shared.llm.fault_requests import digest
from stages.shared.llm.fault_serving import Serving, serving
from tests.shared.llm.calling import get, post, question

ENDPOINT: Literal["/v1/chat/completions"] = "/v1/chat/completions"


@contextmanager
def batching(plan: Plan) -> Iterator[tuple[Serving, openai.OpenAI]]:
    with (
        serving(plan) as server,
        openai.OpenAI(base_url=server.url, api_key="test", max_retries=0) as client,
    ):
        yield server, client


def line(number: int, **more: Any) -> dict[str, Any]:
    return {
        "custom_id": f"c{number}",
        "method": "POST",
        "url": ENDPOINT,
        "body": question(f"question {number}", **more),
    }


def submitted(client: openai.OpenAI, *lines: Any) -> Batch:
    data = b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in lines)
    file = client.files.create(file=("input.jsonl", data), purpose="batch")
    return client.batches.create(input_file_id=file.id, endpoint=ENDPOINT, completion_window="24h")


def results(client: openai.OpenAI, file_id: str | None) -> dict[str, Any]:
    assert file_id is not None
    found = [json.loads(one) for one in client.files.content(file_id).text.splitlines()]
    return {one["custom_id"]: one for one in found}


def test_a_batch_comes_to_its_end_and_its_output_is_shuffled() -> None:
    with batching(Plan(batch=BatchPlan(polls=2))) as (_, client):
        batch = submitted(client, *(line(number) for number in range(20)))
        assert (batch.status, batch.object, batch.output_file_id) == ("validating", "batch", None)
        assert client.batches.retrieve(batch.id).status == "in_progress"
        batch = client.batches.retrieve(batch.id)
        assert (batch.status, batch.error_file_id) == ("completed", None)
        assert batch.request_counts is not None
        assert batch.request_counts.model_dump() == {"completed": 20, "failed": 0, "total": 20}
        assert batch.completed_at is not None
        found = results(client, batch.output_file_id)
    assert list(found) != [f"c{number}" for number in range(20)]
    assert sorted(found) == sorted(f"c{number}" for number in range(20))


def test_an_output_line_holds_the_reply_that_a_call_gets() -> None:
    with batching(Plan(reply="to {digest}")) as (server, client):
        called = post(server, line(1)["body"]).body
        batch = client.batches.retrieve(submitted(client, line(1)).id)
        result = results(client, batch.output_file_id)["c1"]
    assert set(result) == {"id", "custom_id", "response", "error"}
    assert (result["error"], result["response"]["status_code"]) == (None, 200)
    assert result["response"]["body"] | {"created": 0} == called | {"created": 0}


def test_a_request_is_billed_once_when_its_batch_is_done_under_the_digest_of_its_body() -> None:
    with batching(Plan()) as (server, client):
        batch = submitted(client, line(1), line(2))
        assert (server.ledger()["asked"], server.ledger()["billed"]) == (2, 0)
        for _ in range(3):
            client.batches.retrieve(batch.id)
        post(server, line(1)["body"])
        ledger = server.ledger()
    first, second = (ledger["requests"][digest(line(number)["body"])] for number in (1, 2))
    assert (first["asked"], first["billed"]) == (2, 2)
    assert (second["asked"], second["billed"]) == (1, 1)
    assert (ledger["answered"], ledger["billed"], len(ledger["sequence"])) == (3, 3, 3)


def test_expired_requests_end_in_the_error_file_and_can_be_sent_again() -> None:
    plan = Plan(batch=BatchPlan(expire_share=0.5), max_faults_per_request=1)
    with batching(plan) as (server, client):
        lines = {f"c{number}": line(number) for number in range(20)}
        batch = client.batches.retrieve(submitted(client, *lines.values()).id)
        assert batch.status == "expired"
        done, lost = results(client, batch.output_file_id), results(client, batch.error_file_id)
        assert done.keys() | lost.keys() == lines.keys()
        assert {(one["error"]["code"], one["response"]) for one in lost.values()} == {("batch_expired", None)}
        assert server.ledger()["billed"] == len(done)
        again = client.batches.retrieve(submitted(client, *(lines[id] for id in lost)).id)
        assert (again.status, again.error_file_id) == ("completed", None)
        assert server.ledger()["faults"] == {"batch_expired": len(lost)}
        assert {entry["billed"] for entry in server.ledger()["requests"].values()} == {1}


def test_failed_requests_have_the_response_of_their_error() -> None:
    with batching(Plan(batch=BatchPlan(fail_share=1))) as (server, client):
        batch = client.batches.retrieve(submitted(client, line(1)).id)
        assert (batch.status, batch.output_file_id) == ("completed", None)
        result = results(client, batch.error_file_id)["c1"]
        assert server.ledger()["billed"] == 0
    assert result["error"] is None
    assert result["response"]["status_code"] == 500
    assert result["response"]["body"]["error"]["type"] == "server_error"


def test_the_same_requests_in_another_order_have_the_same_ends() -> None:
    plan = Plan(batch=BatchPlan(expire_share=0.3, fail_share=0.3))
    ends = []
    for order in (1, -1):
        with batching(plan) as (_, client):
            batch = client.batches.retrieve(submitted(client, *list(map(line, range(30)))[::order]).id)
            ends.append(results(client, batch.error_file_id))
    assert ends[0] == ends[1]
    assert 0 < len(ends[0]) < 30


def test_a_request_for_structured_output_fails_where_the_plan_rejects_it() -> None:
    with batching(Plan(rejects_schema=True)) as (server, client):
        lines = (line(1, response_format={"type": "json_object"}), line(2))
        batch = client.batches.retrieve(submitted(client, *lines).id)
        result = results(client, batch.error_file_id)["c1"]
        assert list(results(client, batch.output_file_id)) == ["c2"]
        assert server.ledger()["faults"] == {"rejects_schema": 1}
    assert result["response"]["status_code"] == 400
    assert result["response"]["body"]["error"]["param"] == "response_format"


@pytest.mark.parametrize(
    ("plan", "lines", "code", "number"),
    [
        (BatchPlan(reject=True), [line(1)], "token_limit_exceeded", None),
        (BatchPlan(), [line(1), b"{"], "invalid_request", 2),
        (BatchPlan(), [line(1), line(2), line(1)], "duplicate_custom_id", 3),
        (BatchPlan(), [line(1) | {"url": "/v1/embeddings"}], "invalid_request", 1),
        (BatchPlan(), [line(1) | {"body": {}}], "invalid_request", 1),
        (BatchPlan(), [], "empty_file", None),
    ],
)
def test_a_batch_that_is_not_valid_fails_as_a_whole(
    plan: BatchPlan, lines: list[Any], code: str, number: int | None
) -> None:
    with batching(Plan(batch=plan)) as (server, client):
        batch = submitted(client, *lines)
        assert (batch.status, batch.errors) == ("validating", None)
        batch = client.batches.retrieve(batch.id)
        assert server.ledger()["asked"] == 0
    assert (batch.status, batch.output_file_id, batch.error_file_id) == ("failed", None, None)
    assert batch.errors is not None
    assert batch.errors.data is not None
    assert [(fault.code, fault.line) for fault in batch.errors.data] == [(code, number)]


def test_a_cancelled_batch_answers_and_bills_nothing() -> None:
    with batching(Plan()) as (server, client):
        batch = submitted(client, line(1))
        assert client.batches.cancel(batch.id).status == "cancelling"
        assert client.batches.retrieve(batch.id).status == "cancelled"
        assert server.ledger()["billed"] == 0


def test_a_batch_at_its_end_can_not_be_cancelled() -> None:
    with batching(Plan()) as (_, client):
        batch = client.batches.retrieve(submitted(client, line(1)).id)
        with pytest.raises(openai.ConflictError, match="The batch is completed already"):
            client.batches.cancel(batch.id)


def test_batches_are_listed_the_newest_first_and_listing_is_no_poll() -> None:
    with batching(Plan()) as (server, client):
        assert client.batches.list().data == []
        batches = [submitted(client, line(number)) for number in (1, 2)]
        assert [batch.id for batch in client.batches.list()] == [batches[1].id, batches[0].id]
        assert {batch.status for batch in client.batches.list()} == {"validating"}
        assert get(server, "/v1/batches").body["has_more"] is False


def test_a_file_is_kept_as_it_came() -> None:
    with batching(Plan()) as (_, client):
        file = client.files.create(file=("input.jsonl", b"any\n"), purpose="batch")
        assert (file.filename, file.bytes, file.purpose) == ("input.jsonl", 4, "batch")
        assert client.files.retrieve(file.id) == file
        assert client.files.content(file.id).content == b"any\n"


def test_what_is_not_there_is_not_found() -> None:
    with batching(Plan()) as (_, client):
        for call in (client.files.retrieve, client.files.content, client.batches.retrieve, client.batches.cancel):
            with pytest.raises(openai.NotFoundError):
                call("none")


def test_requests_that_no_batch_can_be_made_of_are_refused_with_the_key() -> None:
    with batching(Plan()) as (server, client):
        with pytest.raises(openai.BadRequestError) as caught:
            client.files.create(file=("input.jsonl", b"any\n"), purpose="vision")
        assert caught.value.param == "purpose"
        with pytest.raises(openai.BadRequestError) as caught:
            client.batches.create(input_file_id="none", endpoint=ENDPOINT, completion_window="24h")
        assert caught.value.param == "input_file_id"
        with pytest.raises(openai.BadRequestError) as caught:
            client.batches.create(input_file_id="none", endpoint="/v1/embeddings", completion_window="24h")
        assert caught.value.param == "endpoint"
        assert post(server, {"endpoint": ENDPOINT}, "/v1/batches").body["error"]["param"] == "completion_window"
        assert post(server, b"{", "/v1/batches").status == 400
