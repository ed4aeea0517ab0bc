"""The report as a browser shows it: no network, no error, charts there, on a phone and in dark mode (`make soak`).

Chromium is driven through its own protocol; where there is none this fails, since nothing else has looked at the page.
"""

import asyncio
import json
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from stages.dataset import report
from tests.dataset.pages import TITLE, figures, real, sources

NASTY = "<script>document.title = 'broken'</script>"

MARKS = """
({overflow: document.documentElement.scrollWidth - innerWidth,
  marks: [...document.querySelectorAll('.mark')].filter(mark => mark.getBoundingClientRect().width > 0).length,
  all: document.querySelectorAll('.mark').length, charts: document.querySelectorAll('figure').length,
  title: document.title, ground: getComputedStyle(document.body).backgroundColor,
  names: [...document.querySelectorAll('.label')].map(label => label.textContent)})
"""
FOCUSED = """
(() => { const first = document.querySelector('.mark'); first.focus();
  first.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowDown', bubbles: true}));
  const bubble = document.getElementById('figures').getBoundingClientRect();
  const mark = document.activeElement.getBoundingClientRect();
  return {near: Math.abs(bubble.bottom - mark.top) < 20 || Math.abs(bubble.top - mark.bottom) < 20,
    said: document.getElementById('figures').textContent, hidden: document.getElementById('figures').hidden,
    inside: bubble.left >= 0 && bubble.right <= innerWidth,
    focused: document.activeElement.getAttribute('aria-label')}; })()
"""


@pytest.mark.soak
@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (1280, "dark")])
def test_a_browser_without_network_shows_every_chart_and_has_nothing_to_complain_of(
    tmp_path: Path, width: int, scheme: str
) -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert browser, "no Chromium is installed (apt-get install chromium), so nobody has looked at the page"
    ids, found, ledgers = real()
    first = ids[0]
    found["dataset"]["parts"] = {
        NASTY if part == first else part: one for part, one in found["dataset"]["parts"].items()
    }
    ledgers = [(name.replace(first, NASTY), ledger) for name, ledger in ledgers]
    page = tmp_path / "report.html"
    page.write_text(report.page(TITLE, [NASTY, *ids[1:]], figures(found), sources(ledgers)), "utf-8")
    seen, focused, complaints = asyncio.run(look(browser, page, width, scheme))
    assert complaints == []
    assert seen["overflow"] <= 0
    assert seen["charts"] > 5
    assert seen["marks"] == seen["all"] > 30
    assert seen["title"] == TITLE
    assert NASTY in seen["names"]
    assert seen["ground"] == {"light": "rgb(252, 252, 251)", "dark": "rgb(26, 26, 25)"}[scheme]
    assert focused["said"] == focused["focused"] != ""
    assert focused["inside"]
    assert focused["near"]
    assert not focused["hidden"]


async def look(browser: str, page: Path, width: int, scheme: str) -> tuple[Any, Any, list[str]]:
    """What the browser finds in the page, what it says of a mark in focus, and what it complained of."""
    async with opened(browser) as socket:
        said: list[dict[str, Any]] = []
        number = 0

        async def ask(method: str, **settings: Any) -> Any:
            nonlocal number
            number += 1
            await socket.send_json({"id": number, "method": method, "params": settings})
            while True:
                reply = await socket.receive_json()
                if reply.get("id") == number:
                    assert "error" not in reply, reply
                    return reply["result"]
                said.append(reply)

        for domain in ("Page", "Runtime", "Log", "Network"):
            await ask(f"{domain}.enable")
        await ask("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
        await ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 500
        )
        await ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        await ask("Emulation.setFocusEmulationEnabled", enabled=True)
        await ask("Page.navigate", url=page.as_uri())
        while not any(one["method"] == "Page.loadEventFired" for one in said):
            said.append(await socket.receive_json())
        seen = (await ask("Runtime.evaluate", expression=MARKS, returnByValue=True))["result"]["value"]
        focused = (await ask("Runtime.evaluate", expression=FOCUSED, returnByValue=True))["result"]["value"]
        asked = [one["params"]["request"]["url"] for one in said if one["method"] == "Network.requestWillBeSent"]
        wrong = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
        complaints = [json.dumps(one) for one in said if one["method"] in wrong]
        return seen, focused, complaints + [url for url in asked if url != page.as_uri()]


@asynccontextmanager
async def opened(browser: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A page of a new browser, as a socket that takes its commands."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        words = (browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}",
                 "--remote-debugging-port=0", "about:blank")  # fmt: skip
        running = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
        try:
            assert running.stderr is not None
            line = next(line for line in running.stderr if "DevTools listening on" in line)
            port = line.split(":")[-1].partition("/")[0]
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
                async with session.get("/json/list") as reply:
                    (first,) = [one for one in await reply.json() if one["type"] == "page"]
                async with session.ws_connect(first["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    yield socket
        finally:
            running.terminate()
            running.wait()
            assert running.stderr is not None
            running.stderr.close()
