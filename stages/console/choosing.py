"""Which datasets of the Hugging Face hub join a wave, by what its catalogue says of them; no row is read.

Each dataset that is looked at joins or is left out for one reason. What the policy of `select` would drop later is left
out here where tags tell; a dataset that tags say too little of joins, and the crawl decides.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tqdm import tqdm

from stages.console.holding import Held
from stages.hub import select
from stages.hub.languages import language_ids
from stages.hub.select import SelectParams
from stages.shared import licenses
from stages.shared.errors import HubError, InputError
from stages.shared.hub import catalogue
from stages.shared.hub.catalogue import Listed, Pinned
from stages.shared.records import Card

REASONS = {
    "bad-id": "its id is none that a dataset can have",
    "held": "an earlier wave holds it",
    "renamed": "an earlier wave holds it under a former id",
    "same-name": "an earlier wave holds a dataset of this name without a namespace: it may be the same",
    "mirrored": "its data files are those of a dataset that joins or is held",
    "private": "only its owner sees it",
    "gated": "its owner says who may read it",
    "disabled": "the hub closed it",
    "older": "it was created before --since",
    "few-downloads": "fewer downloads than --min-downloads",
    "modality": "its tags say images, sound or the like (select.modalities_deny)",
    "vanished": "the hub listed it and has it no longer",
    "empty": "it has no data files",
    "no-parquet": "it has no Parquet files, and the hub has none for it",
}
"""Why a dataset is left out, beside the reasons of `select` for licences and languages."""


@dataclass(frozen=True)
class Request:
    """What is asked for. named: join whatever policy says. limit: how many join in all (None: every one that fits).

    since: a date or month, of the dataset's creation. languages: declared ones. license_ok: leave out what `select`
    would drop for its licence. newest: newest first, otherwise most downloaded first. look: how many are looked at.
    """

    named: tuple[str, ...] = ()
    limit: int | None = None
    since: str = ""
    languages: tuple[str, ...] = ()
    license_ok: bool = False
    min_downloads: int = 0
    newest: bool = False
    look: int = 20_000


@dataclass(frozen=True)
class Left:
    """A dataset that was left out, the reason word, and what was found."""

    id: str
    reason: str
    detail: str = ""


@dataclass
class Choice:
    """What joins, by id, what was left out, how many of the catalogue were looked at, and why no more were."""

    joined: dict[str, Pinned] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    looked: int = 0
    ended: str = ""
    notes: list[str] = field(default_factory=list)


def choose(request: Request, held: Mapping[str, Held], section: SelectParams) -> Choice:
    """Look through the catalogue; raise HubError where the hub can't be asked or has no dataset that is named."""
    choice, copies = Choice(), Copies(held)
    for id in request.named:
        _add_named(id, copies, choice)
    if request.named and request.limit is None:
        return choice
    found = catalogue.listed("createdAt" if request.newest else "downloads", request.languages, request.look)
    for entry in tqdm(_as_asked(found, request, choice), desc="look", unit="dataset", delay=5):
        if entry.id in choice.joined:
            continue
        choice.looked += 1
        left = listed_reason(entry, request, section) or copies.reason(entry)
        if left is None:
            left = _pin(entry.id, request, section, copies, choice)
        if left:
            choice.left.append(left)
    return choice


def _pin(id: str, request: Request, section: SelectParams, copies: "Copies", choice: Choice) -> Left | None:
    """Let a dataset join as the hub has it now, or say why it does not."""
    pinned = catalogue.pinned(id)
    if pinned is None:
        return Left(id, "vanished")
    left = pinned_reason(pinned) or listed_reason(pinned.listed, request, section)
    left = left or copies.reason(pinned.listed) or copies.content_reason(pinned)
    if left is None:
        choice.joined[pinned.listed.id] = pinned
        copies.add(pinned)
    return left


def _as_asked(found: Iterable[Listed], request: Request, choice: Choice) -> Iterator[Listed]:
    """The entries until enough have joined or none that follows can; says in `choice` why it ended."""
    choice.ended = "the catalogue ended"
    seen = 0
    if request.limit is not None and len(choice.joined) >= request.limit:
        choice.ended = "enough have joined"
        return
    for entry in found:
        seen += 1
        if not request.newest and entry.downloads < request.min_downloads:
            choice.ended = f"the rest has fewer than {request.min_downloads:,} downloads"
            return
        if request.newest and request.since and entry.created[: len(request.since)] < request.since:
            choice.ended = f"the rest was created before {request.since}"
            return
        yield entry
        if request.limit is not None and len(choice.joined) >= request.limit:
            choice.ended = "enough have joined"
            return
    if seen == request.look:
        choice.ended = f"no more than {request.look:,} are looked at (--look)"


def _add_named(id: str, copies: "Copies", choice: Choice) -> None:
    if not catalogue.is_id(id):
        raise HubError("the id of a dataset", repr(id), "sauropod grow, --dataset", "name it as namespace/name")
    pinned = catalogue.pinned(id)
    if pinned is None:
        remedy = "correct the id, or set HF_TOKEN if it is not public"
        raise HubError("a dataset of the hub", f"{id}, which it does not have", "sauropod grow, --dataset", remedy)
    now = pinned.listed.id
    for known in (id, now):
        if known in copies.held:
            came = f"{id}, held by wave {copies.held[known].wave}"
            raise InputError("a dataset that no wave holds", came, "sauropod grow, --dataset", "leave it out")
    left = pinned_reason(pinned)
    if left:
        came = f"{id}: {REASONS[left.reason]}"
        raise HubError("a dataset that can be read", came, "sauropod grow, --dataset", "leave it out")
    if now != id:
        choice.notes.append(f"{id} is {now} today: it joins under that id")
    choice.joined[now] = pinned
    copies.add(pinned)


def listed_reason(entry: Listed, request: Request, section: SelectParams) -> Left | None:
    """Why a dataset is left out by what the list says of it."""
    if not catalogue.is_id(entry.id):
        return Left(entry.id[:200], "bad-id")
    for word in ("private", "disabled", "gated"):
        if getattr(entry, word):
            return Left(entry.id, word)
    if entry.created[: len(request.since)] < request.since:
        return Left(entry.id, "older", entry.created[:10])
    if entry.downloads < request.min_downloads:
        return Left(entry.id, "few-downloads", str(entry.downloads))
    return policy_reason(entry, section, license_ok=request.license_ok)


def policy_reason(entry: Listed, section: SelectParams, *, license_ok: bool) -> Left | None:
    """Why `select` would drop every config of a dataset, as far as its tags tell."""
    card = card_of(entry)
    reason = select.license_rule(card, section) if license_ok else None
    if reason:
        return Left(entry.id, reason, card.license)
    reason = _language_reason(card.languages, section)
    if reason:
        return Left(entry.id, reason, ", ".join(card.languages[:10]))
    kinds = {"document": "pdf"}
    denied = [tag for tag in entry.tags.get("modality", ()) if kinds.get(tag, tag) in section.modalities_deny]
    return Left(entry.id, "modality", ", ".join(denied)) if denied else None


def _language_reason(declared: tuple[str, ...], section: SelectParams) -> str | None:
    """What `select` says of the languages declared, where neither its configs nor their text could change that."""
    by_text = not declared and section.language_detection == "check"
    by_config = section.language_by_config and any(select.is_allowed_language(code, section) for code in declared)
    return None if by_text or by_config else select.languages_reason(declared, (), section)


def card_of(entry: Listed) -> Card:
    """What the list tells of a dataset's card."""
    return Card(
        taskname=entry.id,
        dataset=entry.id,
        config="",
        revision=entry.revision,
        website="",
        license=licenses.license_ids(entry.tags.get("license", ())),
        license_found="",
        languages=language_ids(entry.tags.get("language", ())),
        task_categories=entry.tags.get("task_categories", ()),
        task_ids=entry.tags.get("task_ids", ()),
        summary="",
        supported_tasks="",
        data_fields="",
        features={},
        splits={},
    )


def pinned_reason(pinned: Pinned) -> Left | None:
    """Why no row of a dataset can be read, by its files as they are now."""
    if not pinned.files:
        return Left(pinned.listed.id, "empty")
    return None if pinned.parquet or pinned.converted else Left(pinned.listed.id, "no-parquet")


class Copies:
    """What is held or joins already, so that no dataset comes twice under two ids."""

    def __init__(self, held: Mapping[str, Held]) -> None:
        self.held = held
        self._commits = {one.revision: id for id, one in held.items() if one.hub == "huggingface" and one.revision}
        self._bare: dict[str, str] = {}
        self._namesakes: dict[str, list[str]] = {}
        for id, one in held.items():
            if one.hub == "huggingface":
                self._namesakes.setdefault(name_of(id), []).append(id)
            elif one.hub != "own":
                self._bare[name_of(id)] = id
        self._contents: dict[str, str] = {}

    def add(self, pinned: Pinned) -> None:
        """Remember a dataset that joins."""
        if pinned.content:
            self._contents[pinned.content] = pinned.listed.id

    def reason(self, entry: Listed) -> Left | None:
        """Why a dataset is a copy by its id and commit; a commit is that of one repository, whatever its name."""
        if entry.id in self.held:
            return Left(entry.id, "held", f"wave {self.held[entry.id].wave}")
        former = self._commits.get(entry.revision) if entry.revision else None
        if former:
            return Left(entry.id, "renamed", f"{former}, wave {self.held[former].wave}")
        bare = self._bare.get(name_of(entry.id))
        return Left(entry.id, "same-name", f"{bare}, wave {self.held[bare].wave}") if bare else None

    def content_reason(self, pinned: Pinned) -> Left | None:
        """Why a dataset is a copy by its files, or as the hub leads from the id that a wave holds to this one.

        Of the datasets that waves hold, those of the same name are compared.
        """
        id = pinned.listed.id
        if pinned.content in self._contents:
            return Left(id, "mirrored", self._contents[pinned.content])
        for namesake in self._namesakes.get(name_of(id), ()):
            where = f"{namesake}, wave {self.held[namesake].wave}"
            if catalogue.current_id(namesake) == id:
                return Left(id, "renamed", where)
            other = catalogue.pinned(namesake, self.held[namesake].revision)
            if other and other.content and other.content == pinned.content:
                return Left(id, "mirrored", where)
        return None


def name_of(id: str) -> str:
    """The name of a dataset without its namespace, in one spelling."""
    return re.sub(r"[-_.]+", "-", id.rpartition("/")[2].casefold())
