"""A server that speaks OpenAI's API and misbehaves by plan, for tests and for rehearsals of a run.

    python -m stages.shared.llm.faults --plan FILE [--port N]

It prints `listening on http://127.0.0.1:PORT/v1` and serves until SIGTERM or SIGINT; it can be reached from this
host alone. The plan's keys are described in stages/shared/llm/fault_plan.py, its faults in the table there.

    POST /v1/chat/completions      and /v1/messages, the form of Anthropic's Messages API
    GET  /v1/models
    POST /v1/files                 GET /v1/files/ID and /v1/files/ID/content
    POST /v1/batches               GET /v1/batches and /v1/batches/ID, POST /v1/batches/ID/cancel
    GET  /ledger                   what it was asked, answered and would bill; POST /ledger/reset forgets it

Resetting the ledger leaves chance alone: a request that came before still counts as having come. Values of headers
are neither kept nor shown. Tests serve within their process:
stages/shared/llm/fault_serving.py.
"""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from stages.shared.errors import BusyError, SauropodError
from stages.shared.llm.fault_batches import Batches, BatchRefusedError
from stages.shared.llm.fault_draws import Draws
from stages.shared.llm.fault_files import Files
from stages.shared.llm.fault_ledger import Ledger
from stages.shared.llm.fault_plan import BILLED_FAULTS, BROKEN_FAULTS, FaultName, Plan, read_plan
from stages.shared.llm.fault_replies import CHAT, MESSAGES, REFUSALS, Form, Refusal, answer, retry_after
from stages.shared.llm.fault_requests import Asked, BadRequestError, parsed
from stages.shared.llm.fault_wire import SENDERS, finished, whole

HOST = "127.0.0.1"
LARGEST_BODY = 256 * 1024**2
"""Bytes of a request; the Batch API takes files of 200 MB."""
GRACE_S = 0.1
"""Seconds that calls in flight have when the server stops; those that hang would never end."""
LARGEST_PORT = 65535
MODEL = "faults"
TIMER_LATE_S = 0.001
"""How late the event loop's timers fire, about; taken off, so that a reply takes what the plan says."""


class FaultServer:
    """The handlers of one server and what they share."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ledger = Ledger()
        self._draws = Draws(plan)
        self._files = Files()
        self._batches = Batches(plan, self._draws, self.ledger, self._files)

    def app(self) -> web.Application:
        """The application that serves all endpoints."""
        app = web.Application(client_max_size=LARGEST_BODY)
        app.add_routes(
            [
                web.post("/v1/chat/completions", self._chat),
                web.post("/v1/messages", self._messages),
                web.get("/v1/models", self._models),
                web.post("/v1/files", self._upload),
                web.get("/v1/files/{id}", self._file),
                web.get("/v1/files/{id}/content", self._content),
                web.post("/v1/batches", self._create_batch),
                web.get("/v1/batches", self._list_batches),
                web.get("/v1/batches/{id}", self._batch),
                web.post("/v1/batches/{id}/cancel", self._cancel),
                web.get("/ledger", self._ledger),
                web.post("/ledger/reset", self._reset),
            ]
        )
        return app

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        return await self._counted(request, CHAT)

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        return await self._counted(request, MESSAGES)

    async def _counted(self, request: web.Request, form: Form) -> web.StreamResponse:
        with self.ledger.flight(name.lower() for name in request.headers):
            try:
                return await self._call(request, form)
            except ConnectionResetError:  # the client left; there is nobody to answer
                return web.Response()

    async def _call(self, request: web.Request, form: Form) -> web.StreamResponse:
        clock = asyncio.get_running_loop().time
        arrived = clock()
        try:
            asked = parsed(await request.read())
        except BadRequestError as error:
            self.ledger.ask(None)
            return await self._refuse(request, form, _invalid(error.message, error.param))
        self.ledger.ask(asked.digest)
        if not self._draws.admitted(arrived):
            self.ledger.fault("requests_per_second")
            return await self._refuse(request, form, REFUSALS["429"])
        if self.plan.rejects_schema and asked.schema:
            self.ledger.fault("rejects_schema")
            return await self._refuse(request, form, _invalid("Structured output is not supported.", asked.schema))
        drawn = self._draws.call(asked.digest)
        if drawn.fault is not None:
            self.ledger.fault(drawn.fault)
        if drawn.latency_s:
            await asyncio.sleep(arrived + drawn.latency_s - TIMER_LATE_S - clock())
        if drawn.fault in REFUSALS:
            return await self._refuse(request, form, REFUSALS[drawn.fault])
        return await self._reply(request, form, asked, drawn.fault)

    async def _reply(
        self, request: web.Request, form: Form, asked: Asked, fault: FaultName | None
    ) -> web.StreamResponse:
        """Send the reply, whole or as the fault has it, and count it if it has left."""
        reply = answer(self.plan, asked, fault)
        body = json.dumps(form.reply(asked, reply, fault)).encode()
        response = await SENDERS.get(fault or "", whole)(request, body, self.plan)
        if fault is None or fault in BILLED_FAULTS:
            self.ledger.answer(asked.digest)
            self.ledger.bill(asked.digest, reply.input, reply.output)
        elif fault in BROKEN_FAULTS and self.plan.bill_broken:
            self.ledger.bill(asked.digest, reply.input, reply.output)
        return response

    async def _refuse(self, request: web.Request, form: Form, refusal: Refusal) -> web.StreamResponse:
        status, body = form.error(refusal)
        headers = retry_after(self.plan, refusal)
        return await finished(request, web.json_response(body, status=status, headers=headers))

    async def _models(self, _: web.Request) -> web.Response:
        model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "sauropod"}
        return web.json_response({"object": "list", "data": [model]})

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        file = form.get("file")
        if form.get("purpose") != "batch" or not isinstance(file, web.FileField):
            return _error(_invalid("A file and the purpose batch are needed.", "purpose"))
        return web.json_response(self._files.add(file.filename, "batch", file.file.read()).as_dict())

    async def _file(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["id"])
        return _error(_unknown("file")) if file is None else web.json_response(file.as_dict())

    async def _content(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["id"])
        if file is None:
            return _error(_unknown("file"))
        return web.Response(body=file.data, content_type="application/octet-stream")

    async def _create_batch(self, request: web.Request) -> web.Response:
        try:
            return web.json_response(self._batches.create(json.loads(await request.read())).as_dict())
        except BatchRefusedError as error:
            return _error(error.refusal)
        except ValueError:
            return _error(_invalid("The body is not JSON.", None))

    async def _list_batches(self, _: web.Request) -> web.Response:
        data = [batch.as_dict() for batch in self._batches.listed()]
        ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {"first_id": None, "last_id": None}
        return web.json_response({"object": "list", "data": data, **ends, "has_more": False})

    async def _batch(self, request: web.Request) -> web.Response:
        batch = self._batches.poll(request.match_info["id"])
        return _error(_unknown("batch")) if batch is None else web.json_response(batch.as_dict())

    async def _cancel(self, request: web.Request) -> web.Response:
        try:
            batch = self._batches.cancel(request.match_info["id"])
        except BatchRefusedError as error:
            return _error(error.refusal)
        return _error(_unknown("batch")) if batch is None else web.json_response(batch.as_dict())

    async def _ledger(self, _: web.Request) -> web.Response:
        return web.json_response(self.ledger.as_dict())

    async def _reset(self, _: web.Request) -> web.Response:
        self.ledger.reset()
        return web.json_response({})


def _error(refusal: Refusal) -> web.Response:
    status, body = CHAT.error(refusal)
    return web.json_response(body, status=status)


def _invalid(message: str, param: str | None) -> Refusal:
    return Refusal(400, "invalid_request_error", message, None, param)


def _unknown(what: str) -> Refusal:
    return Refusal(404, "invalid_request_error", f"There is no such {what}.", None, "id")


async def started(server: FaultServer, port: int = 0) -> tuple[web.AppRunner, int]:
    """Serve on a port of this host (0: any free one); return what stops it and the port.

    Raises BusyError where the port is taken.
    """
    runner = web.AppRunner(server.app(), access_log=None, handler_cancellation=True, shutdown_timeout=GRACE_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port, backlog=1024).start()
    except OSError as error:
        await runner.cleanup()
        where = f"port {port} of {HOST}"
        raise BusyError("a free port", error.strerror or "an error", where, "name another, or 0 for any") from error
    return runner, int(runner.addresses[0][1])


async def serve(plan: Plan, port: int) -> None:
    """Serve a plan until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    runner, port = await started(FaultServer(plan), port)
    sys.stdout.write(f"listening on http://{HOST}:{port}/v1\n")
    sys.stdout.flush()
    await stop.wait()
    await runner.cleanup()


def main(argv: Sequence[str] | None = None) -> None:
    """Serve the plan of a file."""
    parser = argparse.ArgumentParser(
        prog="python -m stages.shared.llm.faults", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--plan", type=Path, required=True, metavar="FILE", help="the plan, YAML")
    parser.add_argument(
        "--port", type=int, default=0, metavar="N", help="the port on 127.0.0.1 (default: any free one)"
    )
    options = parser.parse_args(argv)
    if not 0 <= options.port <= LARGEST_PORT:
        parser.error(f"--port must lie between 0 and {LARGEST_PORT}")
    asyncio.run(serve(read_plan(options.plan), options.port))


if __name__ == "__main__":
    try:
        main()
    except SauropodError as error:
        sys.stderr.write(f"faults: {error}\n")
        sys.exit(error.exit_code)
