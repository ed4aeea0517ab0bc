import json
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.hub import sensitive
from stages.hub.reading import CrawlParams, card_and_rows
from stages.shared.hub.local import LocalHub
from tests.hub.examples import CRAWL

CHANCE = "q7Rz0LxT2mVb9KcW4nYs8HdJ1fGp6aEuX3oZ"
"""Letters and digits with no order, of which the keys below are made: none of them opens anything."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"ghp_{CHANCE}", ("secret",)),
        (f"token is hf_{CHANCE[:34]}.", ("secret",)),
        (f"AKIA{'Q7RZ0LXT2MVB9KCW'}", ("secret",)),
        (f"sk-proj-{CHANCE}", ("secret",)),
        (f"xoxb-1234567890-{CHANCE}", ("secret",)),
        (f"eyJ{CHANCE}.eyJ{CHANCE}.{CHANCE}", ("secret",)),
        (f"Authorization: Bearer {CHANCE}", ("secret",)),
        (f'api_key = "{CHANCE}"', ("secret",)),
        (f"PASSWORD={CHANCE}", ("secret",)),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE", ("secret",)),
        ("-----BEGIN PUBLIC KEY-----\nMIIE", ()),
        ("the secret of the administration-of-the-whole-country", ()),
        ("password: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ()),
        ("ghp_" + "a" * 36, ()),
        (f"task-{CHANCE[:12]}", ()),
        ("write to jane.doe@uni-example.ac.uk or call", ("email",)),
        ("line\njo@site.org", ("email",)),
        ("<jo+lists@site.co>", ("email",)),
        ("@user said hi", ()),
        ("logo@2x.png", ()),
        ("foo@bar", ()),
        ("a @ b.com", ()),
        ("https://user@host.com:80/x", ()),
        ("call (708) 598-4671 now", ("phone",)),
        ("it's 415-202-0530.", ("phone",)),
        ("+44 20 7493 4545", ("phone",)),
        ("Tel. +49-351-2153888", ("phone",)),
        ("1-800-555-0199", ("phone",)),
        ("4155550199", ()),
        ("on 2019-03-05 at 10:00, 2019 2020 2021", ()),
        ("978-3-16-148410-0", ()),
        ("1,415-202-0530", ()),
        ("3.14159 2653 5897", ()),
        ("$415-202-0530", ()),
        ("x = 1 +2345 6789 1234", ()),
        ("What the FUCK?", ("toxic",)),
        ("Scunthorpe, shiitake and the cocktail bar", ()),
        ("fuckä", ()),
        (f"jo@site.org, 415-202-0530, shit, ghp_{CHANCE}", ("secret", "email", "phone", "toxic")),
    ],
)
def test_a_row_holds_what_its_text_holds(text: str, expected: tuple[str, ...]) -> None:
    assert sensitive.kinds(json.dumps({"text": text}, ensure_ascii=False)) == expected


@given(st.text())
def test_any_text_has_kinds_in_their_order(text: str) -> None:
    found = sensitive.kinds(json.dumps({"text": text}, ensure_ascii=False))
    assert list(found) == [kind for kind in sensitive.KINDS if kind in found]


@given(st.text(string.ascii_letters + " .,;:'\n", max_size=400))
def test_letters_and_points_alone_are_no_secret_no_address_and_no_number(text: str) -> None:
    assert set(sensitive.kinds(json.dumps({"text": text}))) <= {"toxic"}


@given(
    st.text(string.ascii_lowercase, min_size=1, max_size=10),
    st.text(string.ascii_lowercase, min_size=1, max_size=10),
    st.sampled_from(["com", "org", "de", "ac.uk"]),
)
def test_every_plain_address_is_found(name: str, host: str, ending: str) -> None:
    assert "email" in sensitive.kinds(json.dumps({"a": 1, "text": f"to {name}@{host}.{ending}, please"}))


def test_the_reason_is_the_first_kind_that_policy_drops() -> None:
    assert sensitive.reason(("secret", "email"), ("email",)) == "email"
    assert sensitive.reason(("secret", "email"), ()) == ""
    assert sensitive.reason((), ("email",)) == ""


@pytest.mark.parametrize(
    ("dataset", "config", "kind"),
    [("newsgroup", "18828_alt.atheism", "email"), ("cuad", "default", "phone"), ("go_emotions", "simplified", "toxic")],
)
def test_real_rows_hold_what_a_reader_finds_in_them(test_data: Path, dataset: str, config: str, kind: str) -> None:
    hub = LocalHub(test_data / "hub")
    found = hub.dataset(dataset)
    wanted = CrawlParams.model_validate(CRAWL | {"splits": ["train"], "keep_repeats": True})
    _, rows = card_and_rows(hub, found, config if config in found.configs else next(iter(found.configs)), wanted)
    assert any(kind in sensitive.kinds(row) for row in rows)
