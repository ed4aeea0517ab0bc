"""The server as a whole: good paths through the real SDK, the ledger, determinism, and the command."""

import asyncio
import json
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest

from stages.shared.errors import BusyError
from stages.shared.llm import faults
from stages.shared.llm.fault_plan import FAULTS, FaultName, Plan
from stages.shared.llm.fault_replies import PROSE
from stages.shared.llm.fault_requests import digest
from stages.shared.llm.fault_serving import serving
from tests.shared.llm.calling import MESSAGES, Reply, get, opened, post, question, until

CANARY = "sk-canary-0123456789"


def test_the_sdk_reads_a_reply() -> None:
    with (
        serving(Plan(reply="yes", output_tokens=3)) as server,
        openai.OpenAI(base_url=server.url, api_key="test", max_retries=0) as client,
    ):
        reply = client.chat.completions.create(model="any", messages=[{"role": "user", "content": "hello"}])
        assert [model.id for model in client.models.list()] == ["faults"]
    assert (reply.choices[0].message.content, reply.choices[0].finish_reason) == ("yes", "stop")
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.total_tokens) == (6, 3, 9)


def test_replies_overtake_each_other_and_each_is_the_right_one() -> None:
    async def ask(url: str) -> list[tuple[str | None, int]]:
        arrived: list[int] = []
        async with openai.AsyncOpenAI(base_url=url, api_key="test", max_retries=0) as client:

            async def one(number: int) -> str | None:
                message = f"question {number}"
                reply = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": message}])
                arrived.append(number)
                return reply.choices[0].message.content

            texts = await asyncio.gather(*map(one, range(20)))
        return list(zip(texts, arrived, strict=True))

    with serving(Plan(latency_ms=(0, 60), reply="{digest}")) as server:
        found = asyncio.run(ask(server.url))
        assert server.ledger()["most_in_flight"] > 1
    wanted = [digest([{"role": "user", "content": f"question {number}"}]) for number in range(20)]
    assert [text for text, _ in found] == wanted
    assert [number for _, number in found] != list(range(20))


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("429", openai.RateLimitError, "rate_limit_exceeded"),
        ("insufficient_quota", openai.RateLimitError, "insufficient_quota"),
        ("500", openai.InternalServerError, None),
        ("502", openai.InternalServerError, None),
        ("503", openai.InternalServerError, None),
        ("529", openai.InternalServerError, None),
        ("401", openai.AuthenticationError, "invalid_api_key"),
        ("400", openai.BadRequestError, None),
    ],
)
def test_the_sdk_knows_each_error(fault: FaultName, error: type[openai.APIStatusError], code: str | None) -> None:
    with (
        serving(Plan(first=(fault,))) as server,
        openai.OpenAI(base_url=server.url, api_key="test", max_retries=0) as client,
        pytest.raises(error) as caught,
    ):
        client.chat.completions.create(model="any", messages=[{"role": "user", "content": "hello"}])
    assert caught.value.code == code
    assert caught.value.status_code == (429 if fault == "insufficient_quota" else int(fault))


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("no_usage", lambda reply: "usage" not in reply.body),
        ("bad_json", lambda reply: reply.text == PROSE),
        ("truncated", lambda reply: reply.body["choices"][0]["finish_reason"] == "length"),
        ("filtered", lambda reply: reply.text is None),
    ],
)
def test_a_fault_of_the_content_is_answered_and_billed(fault: FaultName, seen: Any) -> None:
    with serving(Plan(first=(fault,))) as server:
        reply = post(server, question())
        ledger = server.ledger()
    assert reply.status == 200
    assert seen(reply)
    assert (ledger["answered"], ledger["billed"], ledger["faults"]) == (1, 1, {fault: 1})
    assert ledger["tokens"] == {"input": 6, "output": 16}


def test_a_reply_without_choices_is_not_billed() -> None:
    with serving(Plan(first=("no_choices",))) as server:
        assert post(server, question()).body["choices"] == []
        assert (server.ledger()["answered"], server.ledger()["billed"]) == (0, 0)


@pytest.mark.parametrize(
    ("fault", "sent"), [("429", True), ("503", True), ("500", False), ("insufficient_quota", False)]
)
def test_errors_that_pass_carry_retry_after(fault: FaultName, sent: bool) -> None:
    with serving(Plan(first=(fault,), retry_after=0.5)) as server:
        assert post(server, question()).headers.get("Retry-After") == ("0.5" if sent else None)


def test_messages_have_the_form_of_their_own_api() -> None:
    body = question("hello", system="Be brief.", max_tokens=100)
    with serving(Plan(first=(None, "529"), reply="yes", cached_input_share=0.25)) as server:
        reply, error = post(server, body, MESSAGES), post(server, body, MESSAGES)
        assert server.ledger()["requests"][digest(body)]["asked"] == 2
        assert server.ledger()["tokens"] == {"input": 12, "output": 16}
    assert reply.body["content"] == [{"type": "text", "text": "yes"}]
    assert (reply.body["type"], reply.body["role"], reply.body["stop_reason"]) == ("message", "assistant", "end_turn")
    assert (reply.body["usage"]["input_tokens"], reply.body["usage"]["cache_read_input_tokens"]) == (9, 3)
    assert (error.status, error.body["type"], error.body["error"]["type"]) == (529, "error", "overloaded_error")


@pytest.mark.parametrize("fault", ["empty", "html", "half", "drip", "filtered", "no_choices"])
def test_messages_have_the_same_faults(fault: FaultName) -> None:
    with serving(Plan(first=(fault,), drip_s=0)) as server:
        assert post(server, question(), MESSAGES).status == 200
        assert server.ledger()["faults"] == {fault: 1}


def test_structured_output_is_rejected_where_the_plan_says_so() -> None:
    with (
        serving(Plan(rejects_schema=True)) as server,
        openai.OpenAI(base_url=server.url, api_key="test", max_retries=0) as client,
    ):
        with pytest.raises(openai.BadRequestError) as caught:
            client.chat.completions.create(
                model="any", messages=[{"role": "user", "content": "hello"}], response_format={"type": "json_object"}
            )
        assert caught.value.param == "response_format"
        assert post(server, question()).status == 200
        assert server.ledger()["faults"] == {"rejects_schema": 1}


def test_calls_beyond_the_limit_of_a_second_are_refused() -> None:
    async def ask(url: str) -> Counter[int]:
        async with aiohttp.ClientSession() as session:

            async def one(number: int) -> int:
                async with session.post(f"{url}/chat/completions", json=question(str(number))) as reply:
                    return reply.status

            return Counter(await asyncio.gather(*map(one, range(60))))

    with serving(Plan(requests_per_second=1, first=("503",))) as server:
        found = asyncio.run(ask(server.url))
        ledger = server.ledger()
    assert found[503] == 1  # what is refused takes no turn of `first`
    assert found[429] == ledger["faults"]["requests_per_second"] > 0
    assert ledger["billed"] == found[200]


@pytest.mark.parametrize("body", [b"{", b"[]", {"model": "any"}, question(stream=True)])
def test_what_is_no_request_is_refused_in_the_form_of_the_api(body: Any) -> None:
    with serving(Plan(faults={"hang": 1})) as server:
        reply, message = post(server, body), post(server, body, MESSAGES)
        assert (reply.status, reply.body["error"]["type"]) == (400, "invalid_request_error")
        assert (message.status, message.body["type"]) == (400, "error")
        assert (server.ledger()["asked"], server.ledger()["requests"]) == (2, {})


def outcome(reply: Reply) -> tuple[int, bool]:
    return reply.status, reply.status == 200 and reply.text == PROSE


def test_the_same_requests_in_another_order_have_the_same_faults() -> None:
    plan = Plan(seed=7, faults={"429": 0.2, "500": 0.2, "bad_json": 0.2}, max_faults_per_request=2)
    texts = [f"question {number}" for number in range(25)] * 4
    found = []
    for order in (texts, random.Random(5).sample(texts, len(texts))):
        outcomes: dict[str, list[tuple[int, bool]]] = {}
        with serving(plan) as server:
            for text in order:
                outcomes.setdefault(text, []).append(outcome(post(server, question(text))))
            assert server.ledger()["asked"] == 100
            found.append((outcomes, server.ledger()["faults"]))
    assert found[0] == found[1]
    assert all(of.count((200, False)) >= 2 for of in found[0][0].values())
    assert set(found[0][1]) == {"429", "500", "bad_json"}


def test_the_ledger_counts_calls_and_bills_by_request() -> None:
    with serving(Plan(first=("500", None, None, "400"))) as server:
        for text in ("a", "a", "b", "b", "a"):
            post(server, question(text), headers={"X-Trace": "1"})
        found = get(server, "/ledger").body
        assert found == server.ledger()
        a, b = digest(question("a")), digest(question("b"))
        server.reset()
        assert post(server, b"", "/ledger/reset").status == 200
        assert server.ledger()["asked"] == server.ledger()["billed"] == 0
        assert server.ledger()["requests"] == {}
    assert found == {
        "asked": 5,
        "answered": 3,
        "billed": 3,
        "faults": {"400": 1, "500": 1},
        "in_flight": 0,
        "most_in_flight": 1,
        "tokens": {"input": 15, "output": 48},
        "requests": {
            a: {"asked": 3, "billed": 2, "input": 10, "output": 32, "last_answered": 3},
            b: {"asked": 2, "billed": 1, "input": 5, "output": 16, "last_answered": 2},
        },
        "sequence": [a, b, a],
        "headers_seen": ["accept-encoding", "content-length", "content-type", "host", "x-trace"],
    }


def test_a_reset_of_the_ledger_leaves_chance_alone() -> None:
    with serving(Plan(faults={"500": 1}, max_faults_per_request=1)) as server:
        assert post(server, question()).status == 500
        server.reset()
        assert post(server, question()).status == 200


def test_a_call_that_its_client_left_is_neither_answered_nor_billed() -> None:
    with serving(Plan(latency_ms=3_600_000)) as server:
        with opened(server, question()):
            until(server, in_flight=1)
        until(server, in_flight=0)
        assert (server.ledger()["asked"], server.ledger()["answered"], server.ledger()["billed"]) == (1, 0, 0)


def test_a_taken_port_is_refused() -> None:
    with serving(Plan()) as server:
        port = int(server.root.rsplit(":", 1)[1])
        with pytest.raises(BusyError, match=f"port {port} of 127.0.0.1: expected a free port"), serving(Plan(), port):
            pass


def test_serving_ends_while_a_call_hangs() -> None:
    with serving(Plan(first=("hang",))) as server, opened(server, question()):
        until(server, in_flight=1)


@contextmanager
def command(repository: Path, plan: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "stages.shared.llm.faults", "--plan", str(plan), *options],
        cwd=repository,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


class Served:
    """A server in a process of its own, as the functions that call it want it."""

    def __init__(self, printed: str) -> None:
        found = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)/v1\n", printed)
        assert found is not None, printed
        self.root = found[1]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_the_command_prints_its_address_and_ends_in_order(tmp_path: Path, repository: Path, name: str) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("first: [null, hang]\nreply: from the file\n", "utf-8")
    with command(repository, plan) as process:
        assert process.stdout is not None
        server: Any = Served(process.stdout.readline())
        assert post(server, question()).text == "from the file"
        with opened(server, question()):
            while get(server, "/ledger").body["in_flight"] < 1:
                pass
            process.send_signal(getattr(signal, name))
            assert process.communicate() == ("", "")
        assert process.returncode == 0


def test_the_command_refuses_a_bad_plan_with_file_and_key(tmp_path: Path, repository: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("fautls: {hang: 1}\n", "utf-8")
    with command(repository, plan) as process:
        out, err = process.communicate()
        assert (out, process.returncode) == ("", 2)
        assert err.startswith(f"faults: {plan}: expected a fault plan with the keys ")
        assert "fautls: extra inputs are not permitted" in err
        assert err.count("\n") == 1


def test_the_command_takes_no_port_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        faults.main(["--plan", str(tmp_path), "--port", "70000"])
    assert "--port must lie between 0 and 65535" in capsys.readouterr().err


def test_a_key_appears_nowhere(tmp_path: Path, repository: Path) -> None:
    secret = {"Authorization": f"Bearer {CANARY}", "x-api-key": CANARY}
    answered = [name for name in FAULTS if name not in ("hang", "keepalive", "reset", "cut")]
    plan = tmp_path / "plan.yaml"
    plan.write_text(f"drip_s: 0\nfirst: {json.dumps([*answered, 'reset', 'hang'])}\n", "utf-8")
    with command(repository, plan) as process:
        assert process.stdout is not None
        server: Any = Served(process.stdout.readline())
        seen = [post(server, question(name), headers=secret) for name in answered]
        seen += [post(server, b"{", headers=secret), post(server, question(), "/v1/none", headers=secret)]
        with pytest.raises(ConnectionResetError):
            post(server, question("reset"), headers=secret)
        with opened(server, question("hang"), headers=secret):
            while get(server, "/ledger").body["in_flight"] < 1:
                pass
        seen.append(get(server, "/ledger"))
        process.terminate()
        out, err = process.communicate()
    assert {"authorization", "x-api-key"} <= set(seen[-1].body["headers_seen"])
    everything = "".join(f"{reply.headers}{reply.data!r}" for reply in seen) + out + err
    assert CANARY not in everything
    assert err == ""
