"""The report of a version: what it says is what the metrics say, and no text of a dataset breaks it."""

import base64
import copy
import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.dataset import report
from stages.dataset.funnel import funnel, steps
from stages.shared.errors import InputError, LedgerError, ParamsError
from tests.dataset.pages import TITLE, Read, contrast, figures, parsed, real, sources, style
from tests.house import ROOT, body_of

ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), min_size=1, max_size=30)
NASTY = st.sampled_from(
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style>", "<!--", "]]>", "&lt;"]
)


def made(ids: list[str], found: dict[str, Any], ledgers: list[tuple[str, Any]]) -> str:
    return report.page(TITLE, ids, figures(found), sources(ledgers))


@pytest.fixture(scope="module")
def page() -> str:
    return made(*real())


@pytest.fixture(scope="module")
def seen(page: str) -> Read:
    return parsed(page)


def test_the_page_is_whole_and_every_element_is_closed(page: str, seen: Read) -> None:
    assert page.startswith("<!DOCTYPE html>\n")
    assert seen.faults == []
    ids = [value for _, name, value in seen.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {value for _, name, value in seen.attributes if name == "href"} <= {f"#{id}" for id in ids}
    assert [tag for tag, _ in seen.tags].count("h1") == 1


def test_the_page_asks_for_nothing_and_forbids_all_scripts_but_its_own(page: str, seen: Read) -> None:
    assert not {name for _, name, _ in seen.attributes} & {"src", "srcset", "action", "style", "onclick", "onload"}
    policy = next(value for _, name, value in seen.attributes if name == "content" and "default-src" in value)
    assert policy.startswith("default-src 'none'; ")
    for tag, word in (("script", "script-src"), ("style", "style-src")):
        (code,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert f"{word} 'sha256-{digest}'" in policy
    assert "@import" not in page
    assert "url(" not in page


def test_the_stage_writes_the_same_bytes_in_another_process(page: str, tmp_path: Path) -> None:
    words = body_of(ROOT / "dvc.yaml", "report")["cmd"].split()
    words[words.index("--report") + 1] = str(tmp_path / "report.html")
    subprocess.run([sys.executable, *words[1:]], cwd=ROOT, check=True, env={**os.environ, "PYTHONHASHSEED": "7"})
    assert (tmp_path / "report.html").read_text("utf-8") == page


def test_parts_stand_in_the_order_they_joined_with_the_sums_so_far(seen: Read) -> None:
    ids, found, _ = real()
    total = 0
    place = 0
    for part in ids:
        total += found["dataset"]["parts"][part]["instances"]
        label = f"{part}: {found['dataset']['parts'][part]['instances']:,} instances more, {total:,} in all"
        place = seen.text.index(label, place)
    assert total == found["dataset"]["instances"]


def test_every_drop_reason_of_every_stage_is_there_with_its_sum(seen: Read) -> None:
    _, found, ledgers = real()
    dropped: Counter[tuple[str, str, str, str]] = Counter()
    read: Counter[tuple[str, str, str]] = Counter()
    for name, ledger in [*ledgers, ("all/all/merge", found["dataset"]["ledger"])]:
        kind, _, stage = name.split("/")
        for unit, counts in ledger.items():
            if isinstance(counts, dict) and "dropped" in counts:
                read[kind, stage, unit] += counts["read"]
                dropped.update({(kind, stage, unit, reason): n for reason, n in counts["dropped"].items()})
    assert len(dropped) > 10
    for (kind, stage, unit, reason), count in dropped.items():
        said = f"{stage}, {unit} dropped as {reason}: {count:,} of {read[kind, stage, unit]:,}"
        assert said in seen.text


def test_every_score_of_every_model_and_what_runs_forgot_are_there(seen: Read) -> None:
    _, found, _ = real()
    for model, measured in found["evaluate"].items():
        for one in measured.values():
            assert one.get("verdict", "") in seen.text
        assert model in seen.texts
    for row in found["continual"].values():
        for key, value in row.items():
            if key.endswith("_forgotten_bits"):
                assert f"{value:.2f}" in seen.text


def test_the_page_is_small_enough_to_be_kept_for_every_version(page: str) -> None:
    assert len(page.encode()) < 150_000


def test_a_dataset_of_thirty_waves_has_a_page_below_the_limit() -> None:
    ids, found, ledgers = real()
    wave = ids[0]
    more = [f"hub/wave-{number}" for number in range(28)]
    found["dataset"]["parts"] |= dict.fromkeys(more, found["dataset"]["parts"][wave])
    own = [(name.rpartition("/")[2], ledger) for name, ledger in ledgers if name.startswith(f"{wave}/")]
    ledgers += [(f"{part}/{stage}", ledger) for part in more for stage, ledger in own]
    assert len(made([*ids, *more], found, ledgers).encode()) < 400_000


def renamed(value: Any, new: dict[str, str]) -> Any:
    """Metrics with other words for keys and texts."""
    if isinstance(value, dict):
        return {new.get(key, key): renamed(one, new) for key, one in value.items()}
    return new.get(value, value) if isinstance(value, str) else value


FREE = ["cc-by-4.0", "template:rules-1", "growth-1", "superni", "placeholder", "splits", "rouge1", "all parts at once",
        "instruction-diverse", "verdict"]  # fmt: skip
"""Texts of the real metrics, as keys and as values, in whose place anything may come from a dataset or a person."""


@settings(max_examples=25, deadline=None)
@given(st.lists(ANYTHING | NASTY, min_size=len(FREE), max_size=len(FREE), unique=True))
def test_any_text_in_the_metrics_stays_text_in_the_page(texts: list[str]) -> None:
    ids, found, ledgers = real()
    # A number keeps each text apart from the others and from the words that have a meaning.
    new = {old: f"{number}{text}{number}" for number, (old, text) in enumerate(zip(FREE, texts, strict=True))}
    nasty_page = parsed(made(ids, renamed(found, new), renamed_ledgers(ledgers, new)))
    assert nasty_page.faults == []
    assert Counter(nasty_page.tags) == plain_tags()
    for old in ("template:rules-1", "superni", "placeholder", "cc-by-4.0"):
        assert shown(new[old]) in nasty_page.text


@cache
def plain_tags() -> Counter[tuple[str, tuple[str, ...]]]:
    ids, found, ledgers = real()
    plain = {old: f"{number}x{number}" for number, old in enumerate(FREE)}
    return Counter(parsed(made(ids, renamed(found, plain), renamed_ledgers(ledgers, plain))).tags)


def renamed_ledgers(ledgers: list[tuple[str, Any]], words: dict[str, str]) -> list[tuple[str, Any]]:
    return [(name, renamed(ledger, words)) for name, ledger in ledgers]


def shown(said: str) -> str:
    return re.sub(r"[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]", "\ufffd", said)


def test_a_part_named_as_a_script_stays_text() -> None:
    ids, found, ledgers = real()
    script = "hub/<script>alert(1)</script>"
    found = renamed(found, {ids[0]: script})
    ledgers = [(name.replace(ids[0], script), ledger) for name, ledger in ledgers]
    code = made([script, *ids[1:]], found, ledgers)
    assert "<script>alert" not in code
    assert script in parsed(code).texts


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (("dataset", "licenses"), "metrics/dataset.json: expected the key 'licenses'"),
        (
            ("dataset", "parts", "hub/2022-05", "tasks"),
            "metrics/dataset.json, key parts.hub/2022-05: expected the key 'tasks'",
        ),
        (("dataset", "asking", "paper"), "metrics/dataset.json, key asking: expected the key 'paper'"),
    ],
)
def test_a_key_that_is_missing_is_named_with_its_file(place: tuple[str, ...], said: str) -> None:
    ids, found, ledgers = real()
    section = found
    for key in place[:-1]:
        section = section[key]
    del section[place[-1]]
    with pytest.raises(InputError, match=re.escape(said)):
        made(ids, found, ledgers)


def test_counts_that_do_not_balance_are_refused() -> None:
    ids, found, ledgers = real()
    broken = copy.deepcopy(ledgers)
    broken[0][1]["rows"]["kept"] += 1
    with pytest.raises(
        LedgerError, match=r"metrics/hub/2022-05/crawl\.json, key rows: expected read = kept \+ dropped"
    ):
        made(ids, found, broken)


def test_a_text_where_a_count_belongs_is_refused() -> None:
    ids, found, ledgers = real()
    found["dataset"]["licenses"]["mit"] = "many"
    with pytest.raises(InputError, match=r"key licenses\.mit: expected a count, got 'many'"):
        made(ids, found, ledgers)


def test_ledgers_of_other_parts_than_those_of_params_are_refused() -> None:
    ids, found, ledgers = real()
    with pytest.raises(ParamsError, match="one too many or too few of hub/2022-09"):
        made(ids[:-1], found, ledgers)


def test_a_version_that_measured_nothing_has_no_section_on_it() -> None:
    ids, found, ledgers = real()
    del found["dataset"]["asking"]
    headings = parsed(made(ids, {"dataset": found["dataset"]}, ledgers)).texts
    assert "Growth by part" in headings
    assert not {"Costs", "Scores by model", "What runs still know"} & set(headings)


def test_an_empty_dataset_has_a_page() -> None:
    _, found, _ = real()
    empty = {key: {} if isinstance(value, dict) else 0 for key, value in found["dataset"].items()}
    del empty["asking"]
    assert parsed(made([], {"dataset": empty, "evaluate": {}, "continual": {}}, [])).faults == []


def test_texts_of_benchmarks_are_told_of_where_a_version_looked_for_them() -> None:
    ids, found, ledgers = real()
    found["dataset"].pop("contamination", None)
    assert "Texts of benchmarks" not in parsed(made(ids, found, ledgers)).texts
    one = {"revision": "0123456789abcdef", "instances": 252, "met": 2, "rows": 3, "parts": {ids[0]: 3}, "examples": []}
    found["dataset"]["contamination"] = {"user-instructions": one}
    said = parsed(made(ids, found, ledgers)).texts
    assert "Rows that held texts of 1 benchmark, and were dropped for it: 3." in said
    assert {"0123456789ab", "252", "2", "3", f"{ids[0]} 3"} <= set(said)


def test_steps_that_only_some_parts_have_stand_in_the_order_of_the_stages() -> None:
    counts = {"read": 2, "kept": 2, "dropped": {}}
    ledgers = [
        ("corpus/a/collect", {"records": counts}),
        ("corpus/a/clean", {"instances": counts}),
        ("corpus/b/collect", {"records": counts}),
        ("corpus/b/clean", {"turns": counts, "instances": counts}),
    ]
    said = parsed(funnel(steps(sources(ledgers)), []).body.code).text
    places = [said.index(step) for step in ("collect: records", "clean: turns", "clean: instances")]
    assert places == sorted(places)


def test_a_cost_that_is_not_known_is_called_unknown() -> None:
    ids, found, ledgers = real()
    found["dataset"]["asking"]["cost_usd"] = None
    assert "unknown" in parsed(made(ids, found, ledgers)).texts


def test_intervals_are_drawn_around_scores_and_written_beside_them() -> None:
    ids, found, ledgers = real()
    found["evaluate"] = {"all": {"superni": {"rougeL": 5.0, "rougeL_interval": [2.5, 7.5], "copy_input_rougeL": 10.0}}}
    code = made(ids, found, ledgers)
    assert "5 (2.50 to 7.50)" in parsed(code).text
    assert 'class="spread" x1="25%" x2="75%"' in code


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_texts_and_marks_stand_out_from_the_page_in_both_modes(mode: str) -> None:
    light, dark = re.findall(r":root \{(.*?)\}", style(), re.DOTALL)[:2]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    if mode == "dark":
        colours |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark))
    for name in ("ink", "second", "accent"):
        for ground in ("surface", "raised"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (mode, name)  # WCAG 2.2, 1.4.3 (AA)
    for name in ("kept", "dropped", *(f"series-{number}" for number in range(7))):
        assert contrast(colours[name], colours["surface"]) >= 3, (mode, name)  # 1.4.11
