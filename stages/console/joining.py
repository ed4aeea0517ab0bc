"""What joins with a wave: datasets of a folder, of the Hugging Face hub, of one's own, and such as were crawled."""

import argparse
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stages.console.holding import Held, held, holder
from stages.hub import declared
from stages.hub.languages import language_ids
from stages.hub.select import SelectParams
from stages.hub.waves import Collected, WaveDataset
from stages.shared import licenses, params
from stages.shared.errors import HubError, InputError
from stages.shared.hub import cards
from stages.shared.hub.collected import CollectedHub
from stages.shared.hub.local import LocalHub
from stages.shared.hub.own import card_path, open_own

FOLDER = "data/sources/hub"
HUGGINGFACE = "huggingface"
MONTH_OR_DAY = r"\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?"


@dataclass
class Joining:
    """The content of a wave file, and what the user is told of it.

    rows: of each dataset that joins, what is known: id, license, languages, downloads, created. left: of each that does
    not, id, reason and detail. looked: how many of a catalogue were looked at, `ended` says why no more.
    """

    hub: str = "local"
    datasets: list[WaveDataset] = field(default_factory=list)
    collected: Collected | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    left: list[dict[str, str]] = field(default_factory=list)
    looked: int = 0
    ended: str = ""
    notes: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The wave file, datasets sorted by id."""
        lines = ["# Added by `sauropod grow`; revisions pin the rows."]
        lines += [f"hub: {self.hub}"] if self.hub != "local" else []
        lines += ["datasets:"] if self.datasets else []
        for entry in sorted(self.datasets, key=lambda entry: entry.id):
            known = entry.model_dump(exclude_none=True, exclude={"id"})
            lines.append(f"  - id: {json.dumps(entry.id)}")
            lines += [
                f"    {key}: {json.dumps(known[key])}" for key in ("path", "revision", "converted") if key in known
            ]
        if self.collected:
            lines.append("collected:")
            lines += [f"  {key}: {json.dumps(value)}" for key, value in self.collected.model_dump().items() if value]
        return "\n".join(lines) + "\n"


def is_named(arguments: argparse.Namespace) -> bool:
    """Whether a command names anything to add."""
    return any(
        (arguments.dataset, arguments.limit is not None, arguments.path, arguments.collected, _filters(arguments))
    )


def work_out(arguments: argparse.Namespace) -> Joining:
    """What joins; raise HubError or InputError where something that is named can't, and nothing is written."""
    known, joining = held(), Joining()
    if arguments.id and len(arguments.path or ()) != 1:
        raise InputError(
            "one --path", f"{len(arguments.path or ())}", "sauropod grow, --id", "name each in its own call"
        )
    for path in arguments.path or ():
        _add_own(Path(path), arguments.id, known, joining)
    if arguments.collected:
        _add_collected(Path(arguments.collected[0]), Path(arguments.collected[1]), known, joining)
    if arguments.dataset or arguments.limit is not None or _filters(arguments):
        if arguments.limit is not None and arguments.limit < 1:
            remedy = "name how many to add"
            raise InputError("a number of 1 or more", str(arguments.limit), "sauropod grow, --limit", remedy)
        if _asks_hub(arguments):
            _add_from_hub(arguments, known, joining)
        else:
            _add_from_folder(
                LocalHub(Path(arguments.hub or FOLDER)), arguments.dataset, arguments.limit, known, joining
            )
    ids = [entry.id for entry in joining.datasets]
    twice = next((id for id in ids if ids.count(id) > 1), None) if len(set(ids)) < len(ids) else None
    if twice:
        raise InputError("each dataset once", f"{twice!r} twice", "sauropod grow", "leave one out, or use --id")
    return joining


def _filters(arguments: argparse.Namespace) -> list[str]:
    """The options given that only the hub's catalogue can answer."""
    names = ("since", "language", "license_ok", "min_downloads", "newest")
    return [f"--{name.replace('_', '-')}" for name in names if getattr(arguments, name)]


def _asks_hub(arguments: argparse.Namespace) -> bool:
    """Whether the Hugging Face hub is meant: it is named, an option of its catalogue is, or an id that it alone has."""
    filters = _filters(arguments)
    if arguments.hub is not None:
        if arguments.hub != HUGGINGFACE and filters:
            where = f"sauropod grow, {filters[0]}"
            raise InputError(f"the hub {HUGGINGFACE}", f"--hub {arguments.hub}", where, "leave one of them out")
        return bool(arguments.hub == HUGGINGFACE)
    missing = [id for id in arguments.dataset or () if "/" in id and not (Path(FOLDER) / id).is_dir()]
    return bool(filters or missing)


def _add_from_folder(
    hub: LocalHub, named: list[str] | None, limit: int | None, known: dict[str, Held], joining: Joining
) -> None:
    """The datasets that are named, then the first by id that no wave holds, `limit` in all."""
    chosen = sorted(set(named or ()))
    for id in chosen:
        _check_free(id, known, "--dataset")
    if limit is not None:
        free = [id for id in hub.datasets() if id not in known and id not in chosen]
        chosen += free[: max(limit - len(chosen), 0)]
        if not chosen:
            raise HubError("a dataset that no wave holds", "none", "sauropod grow, --limit", "add datasets to the hub")
    for id in chosen:
        dataset = hub.dataset(id)
        joining.datasets.append(WaveDataset(id=id, revision=dataset.revision))
        joining.rows.append(_of_card(id, dataset.readme, id))


def _add_from_hub(arguments: argparse.Namespace, known: dict[str, Held], joining: Joining) -> None:
    """What the hub's catalogue offers and policy lets in."""
    # Loaded here: the hub's library takes a while to load, and only this needs it.
    from stages.console import choosing  # noqa: PLC0415
    from stages.shared.hub import polite  # noqa: PLC0415

    since = arguments.since or ""
    if since and not re.fullmatch(MONTH_OR_DAY, since):
        raise InputError("a month or a day (2026-06, 2026-06-15)", since, "sauropod grow, --since", "correct it")
    request = choosing.Request(
        named=tuple(arguments.dataset or ()),
        limit=arguments.limit,
        since=since,
        languages=language_ids(tuple(arguments.language or ())),
        license_ok=arguments.license_ok,
        min_downloads=arguments.min_downloads,
        newest=arguments.newest,
        look=arguments.look,
    )
    if request.named and request.limit is None and _filters(arguments):
        came = f"{_filters(arguments)[0]} and --dataset"
        raise InputError("--limit beside --dataset", came, "sauropod grow", "say how many join in all with --limit")
    with polite.asking(params.read("hub.client", polite.HubClient)):
        choice = choosing.choose(request, known, params.read("select", SelectParams))
    for id, one in choice.joined.items():
        joining.datasets.append(WaveDataset(id=id, revision=one.listed.revision, converted=one.converted))
        card = choosing.card_of(one.listed)
        about = _row(id, card.license, card.languages)
        joining.rows.append(about | {"downloads": one.listed.downloads, "created": one.listed.created[:10]})
    joining.hub = HUGGINGFACE
    joining.left += [{"id": one.id, "reason": one.reason, "detail": one.detail} for one in choice.left]
    joining.looked, joining.ended = choice.looked, choice.ended
    joining.notes += choice.notes
    if choice.joined:
        joining.notes.append(
            "licences are those of the hub's tags; where a card's text links a stricter one, crawl adds it"
        )


def _add_own(path: Path, id: str | None, known: dict[str, Held], joining: Joining) -> None:
    """A dataset of one's own, which is read through once so that a bad line is met now."""
    path = _from_root(path)
    id = id or (path.name if path.is_dir() else path.stem)
    hub = open_own(path, id)
    _check_free(id, known, "--path")
    dataset = hub.dataset(id)
    row = _of_card(id, dataset.readme, f"{id}, {card_path(path)}")
    for config in dataset.configs:
        hub.features(dataset, config)
    joining.datasets.append(WaveDataset(id=id, revision=dataset.revision, path=path.as_posix()))
    joining.rows.append(row)
    if not row["license"]:
        joining.notes.append(f"{id} declares no licence: write one into {card_path(path)} (license: ...)")


def _add_collected(metadata: Path, data: Path, known: dict[str, Held], joining: Joining) -> None:
    """Datasets that were crawled before; those that an earlier wave holds are left out by name."""
    metadata, data = _from_root(metadata), _from_root(data)
    hub = CollectedHub(metadata, data)
    without = []
    for name in hub.datasets():
        one = holder(name, known)
        if one:
            without.append(name)
            joining.left.append({"id": name, "reason": "held", "detail": f"wave {one.wave}"})
            continue
        joining.rows.append(_of_card(name, hub.dataset(name).readme, name))
    joining.looked += len(hub.datasets())
    joining.collected = Collected(
        metadata=metadata.as_posix(), data=data.as_posix(), revision=hub.files_revision, without=without
    )
    if len(without) == len(hub.datasets()):
        remedy = "name files with other datasets"
        raise HubError("a dataset that no wave holds", "none", str(metadata), remedy)


def _of_card(id: str, readme: str, where: str) -> dict[str, Any]:
    """What is told of a dataset that joins, from its card; raise UnreadableError naming `where` for a broken header."""
    card = cards.read(readme, where)
    return _row(id, declared.of_card(card, ""), language_ids(cards.values(card.header, "language", "")))


def _row(id: str, license: str, found: Iterable[str]) -> dict[str, Any]:
    """What is told of a dataset that joins; `spdx` is "" where not every licence of it has such an identifier."""
    ids = [licenses.spdx(one) for one in license.split("|")]
    spdx = "|".join(ids) if all(ids) else ""
    return {"id": id, "license": license, "spdx": spdx, "languages": list(found), "downloads": None, "created": ""}


def _from_root(path: Path) -> Path:
    """The path as a wave names it: from the repository's root where it is inside, otherwise as it was given."""
    root, whole = Path.cwd().resolve(), path.absolute()
    return whole.relative_to(root) if whole.is_relative_to(root) else path


def _check_free(id: str, known: dict[str, Held], option: str) -> None:
    if id in known:
        came = f"{id}, held by wave {known[id].wave}"
        raise InputError("a dataset that no wave holds", came, f"sauropod grow, {option}", "leave it out")


def left_by_reason(left: Iterable[dict[str, str]]) -> list[tuple[str, int, str]]:
    """Each reason with how many were left out for it, most first, and up to three of them with what was found."""
    groups: dict[str, list[str]] = {}
    for one in left:
        shown = f"{one['id']} ({one['detail']})" if one["detail"] else one["id"]
        groups.setdefault(one["reason"], []).append(shown)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [(reason, len(found), ", ".join(found[:3])) for reason, found in ordered]
