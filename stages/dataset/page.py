"""A page of figures in one file: its frame, its style for phones, dark mode and print, and its tables.

No network: the page asks for nothing, and its content policy forbids it to. The policy also names the one script by its
hash, and the one style, so that no other could run even if a text were to become one.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stages.dataset.markup import Child, Html, element, joined, lines

FOLDER = Path(__file__).with_suffix("")
"""Where the style and the script of every page are."""

STYLE = (FOLDER / "style.css").read_text("utf-8")
SCRIPT = (FOLDER / "script.js").read_text("utf-8")


@dataclass(frozen=True)
class Section:
    """A chapter of a page. id: of its place in the page, a plain word."""

    id: str
    title: str
    body: Html


def render(title: str, lead: Html, sections: Sequence[Section], source: str) -> str:
    """The page; `source` says in a sentence what its figures were read from."""
    policy = f"default-src 'none'; style-src 'sha256-{digest(STYLE)}'; script-src 'sha256-{digest(SCRIPT)}'"
    head = element(
        "head",
        lines(
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("meta", http_equiv="Content-Security-Policy", content=policy),
            element("title", title),
            element("style", Html(STYLE)),
        ),
    )
    contents = [element("li", element("a", section.title, href=f"#{section.id}")) for section in sections]
    body = element(
        "body",
        lines(
            element("header", lines(element("h1", title), lead)),
            element("nav", element("ul", *contents), aria_label="Contents"),
            element("main", lines(*(chapter(section) for section in sections))),
            element("footer", element("p", source)),
            element("div", id="figures", role="status", hidden="hidden"),
            element("script", Html(SCRIPT)),
        ),
    )
    return f'<!DOCTYPE html>\n<html lang="en">\n{lines(head, body).code}\n</html>\n'


def chapter(section: Section) -> Html:
    """A section of the page with its heading."""
    heading = element("h2", section.title, id=f"{section.id}-title")
    return element("section", lines(heading, section.body), id=section.id, aria_labelledby=f"{section.id}-title")


def table(caption: str, header: Sequence[str], rows: Iterable[Sequence[Child]], words: Sequence[int] = ()) -> Html:
    """A table: the first column names the rows, the others hold numbers but for those in `words`, counted from 0."""
    kinds = ["words" if number in words else "number" for number in range(len(header))]
    heads = [element("th", name, scope="col", class_=kind) for name, kind in zip(header, kinds, strict=True)]
    heads[0] = element("th", header[0], scope="col")
    body = [
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(element("td", shown(cell), class_=kind) for cell, kind in zip(row[1:], kinds[1:], strict=True)),
        )
        for row in rows
    ]
    whole = element(
        "table",
        lines(element("caption", caption), element("thead", element("tr", *heads)), element("tbody", lines(*body))),
    )
    return element("div", whole, class_="scroll", tabindex=0, role="region", aria_label=caption)


def shown(cell: Child) -> Child:
    """A cell as a table shows it: whole numbers with their thousands apart."""
    return f"{cell:,}" if isinstance(cell, int) else cell


def facts(entries: Iterable[tuple[str, str]]) -> Html:
    """A few figures that stand out, each below the word that names it."""
    return element("dl", lines(*(element("div", element("dt", name), element("dd", value)) for name, value in entries)))


def folded(summary: str, *children: Html) -> Html:
    """What a reader may open; a printed page has it open."""
    return element("details", lines(element("summary", summary), *children))


def paragraph(*children: Child) -> Html:
    """A paragraph."""
    return element("p", joined(*children))


def digest(code: str) -> str:
    """The hash of a style or script as a content policy names it."""
    return base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
