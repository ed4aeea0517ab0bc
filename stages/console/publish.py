"""`sauropod publish`: a version of the dataset on the hub, in one commit with its card, and its git tag there too.

What is published is what a commit holds: the working tree must be as committed, and the files those that DVC wrote
down. Rows whose licence forbids it, or says nothing, are no one's to hand on, and stop it (REFUSED).
"""

import argparse
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from stages.console.revisions import DATASET, Version, git, read_version
from stages.console.show import print_table
from stages.dataset import usage
from stages.shared import licenses
from stages.shared.errors import InputError

CARD = "README.md"
"""The file that says what the dataset is; the hub shows it."""

REPLACES = ("*.parquet",)
"""Files of an earlier version that are deleted where this one does not have them: its shards."""

REFUSED = {
    "no-derivatives": "forbids handing on what is made of it",
    "license-unknown": "is not declared, or no known one: nothing says that it permits this",
    "non-commercial": "forbids commercial use (--use commercial)",
    "terms": "comes with terms of the maker's own: read them, then add --accept-terms",
}
"""Why rows stop a version from being published. The first two hold always: no option makes a permission of silence.
Terms, of a model's maker beside the licence or of a licence that one maker wrote (llama3, gemma), bind but may be
agreed to.
"""

BATCH_ROWS = 50_000

Conditions = tuple[str, str]
"""A licence and the terms beside it, as rows have them."""


def run(arguments: argparse.Namespace) -> None:
    """Check what would be published, and publish it unless it is a dry run; a model is published by publish_run.py."""
    check_id(arguments.repo)
    if arguments.run:
        # Loaded here: a version needs nothing of models.
        from stages.console import publish_run  # noqa: PLC0415

        publish_run.run(arguments)
        return
    version = committed(arguments.rev)
    counts = conditions(version)
    check_policy(counts, arguments.use or "all", accepted=arguments.accept_terms)
    name = tag_of(version, arguments.rev)
    title = f"Dataset {name or version.commit[:9]}: {counts.total():,} instances"
    address = None
    with files_of(version, at_hand=arguments.rev is None) as files:
        sizes = {file: path.stat().st_size for file, path in files.items()}
        if not arguments.dry_run:
            # Loaded here: a dry run asks no hub.
            from stages.shared.hub import upload  # noqa: PLC0415

            address = upload.upload(arguments.repo, "dataset", files, title, arguments.private, replaces=REPLACES)
            if name:
                upload.tag(arguments.repo, "dataset", name, address)
    told = {"repo": arguments.repo, "version": name or version.commit, "commit": version.commit, "tag": name}
    told |= {"title": title, "private": arguments.private, "files": sizes, "address": address}
    if arguments.json:
        listed = [{"license": one, "terms": terms, "rows": rows} for (one, terms), rows in sorted(counts.items())]
        print(json.dumps({**told, "licenses": listed, "dry_run": arguments.dry_run}, indent=2, ensure_ascii=False))
        return
    say(told, sizes, counts)


def check_id(repo: str) -> None:
    """Raise InputError for what can be no repository's id, before a dry run calls all well."""
    # Loaded here: the hub's library takes a while to load.
    from stages.shared.hub import catalogue  # noqa: PLC0415

    if not catalogue.is_id(repo):
        remedy = "name it with letters, digits, -, _ and ."
        raise InputError("the id of a repository (ORG/NAME)", repr(repo), "sauropod publish", remedy)


def committed(revision: str | None) -> Version:
    """The version at a revision; without one that of the last commit, which must be what lies here."""
    version = read_version(revision or "HEAD")
    if revision is None:
        dirty = [line[3:] for line in (git("status", "--porcelain", "--untracked-files=no") or "").splitlines()]
        if dirty:
            remedy = "commit it, or publish a committed version with --rev"
            raise InputError("a working tree as committed", f"changes in {', '.join(dirty[:5])}", "git", remedy)
        here = {file.name: file.md5 for file in read_version(None).files}
        there = {file.name: file.md5 for file in version.files}
        differ = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
        if differ:
            remedy = "run `dvc checkout` for what was committed, or `dvc repro` and commit, or name --rev"
            came = f"another {differ[0]}" if differ[0] in here else f"no {differ[0]}"
            raise InputError("the files that dvc.lock lists", came, str(DATASET), remedy)
    if CARD not in {file.name for file in version.files}:
        raise InputError("a dataset with its card", f"no {CARD}", f"{DATASET} of {version.name}", "run `dvc repro`")
    return version


def conditions(version: Version) -> Counter[Conditions]:
    """How many rows have each licence and terms."""
    found: Counter[Conditions] = Counter()
    for shard in version.shards:
        for batch in shard.batches(("license", "terms"), BATCH_ROWS):
            columns = batch.to_pydict()
            ids = columns["license"]
            found.update(zip(ids, columns.get("terms", [""] * len(ids)), strict=True))
    return found


def check_policy(counts: Mapping[Conditions, int], use: usage.Use, *, accepted: bool) -> None:
    """Raise InputError naming how many rows must not be published, by reason."""
    found: Counter[str] = Counter()
    named: dict[str, set[str]] = {}
    for (license, terms), rows in counts.items():
        reason = refused(license, terms, use, accepted=accepted)
        if reason:
            found[reason] += rows
            named.setdefault(reason, set()).add(" with ".join(filter(None, (license or "none", terms))))
    if not found:
        return
    came = "; ".join(
        f"{rows:,} whose licence ({', '.join(sorted(named[word]))}) {REFUSED[word]}" for word, rows in found.items()
    )
    remedy = "leave those rows out (`merge.use: commercial`, `sauropod forget DATASET`)"
    raise InputError("rows that may be handed on", came, str(DATASET), remedy)


def refused(license: str, terms: str, use: usage.Use, *, accepted: bool) -> str:
    """The reason of REFUSED for which a row must not be published, "" for none; of `a|b` each licence must permit."""
    ids = [licenses.license_id(id) for id in license.split("|")] if license else [""]
    if usage.unfit(license, "", "research"):
        return "no-derivatives"
    own = [id for id in ids if id in licenses.CUSTOM]
    if any(licenses.kind(id) for id in ids if id not in own):
        return "license-unknown"
    if (own or terms) and not accepted:
        return "terms"
    return usage.unfit(license, "", use)


def classes(license: str) -> set[str]:
    """What a licence, or each of `a|b` together, binds to: the words of `stages.shared.licenses.CLASSES`."""
    return {name for id in license.split("|") for name in licenses.classes(licenses.license_id(id))}


def tag_of(version: Version, revision: str | None) -> str | None:
    """The git tag of a version: the one that was named, or the first that its commit has; None for none."""
    tags = (git("tag", "--points-at", version.commit) or "").split()
    return revision if revision in tags else next(iter(tags), None)


@contextmanager
def files_of(version: Version, *, at_hand: bool) -> Iterator[dict[str, Path]]:
    """The files of a version by name: those that lie here, or copies of those that DVC keeps while the block runs."""
    if at_hand:
        yield {file.name: DATASET / file.name for file in version.files}
        return
    with tempfile.TemporaryDirectory(prefix="sauropod-publish-") as folder:
        found = {}
        for file in version.files:
            found[file.name] = Path(folder) / file.name
            found[file.name].parent.mkdir(parents=True, exist_ok=True)
            with file.reading() as source, found[file.name].open("wb") as target:
                shutil.copyfileobj(source, target)
        yield found


def say(told: Mapping[str, object], sizes: Mapping[str, int], counts: Mapping[Conditions, int]) -> None:
    """What was published or would be: its files, and under which licences its rows are."""
    where = f"{told['repo']}{' (private)' if told['private'] else ''}"
    print(f"{told['title']} → {where}")
    print_table("files", ["file", "bytes"], [[name, size] for name, size in sizes.items()])
    rows = [[license, terms, count] for (license, terms), count in sorted(counts.items())]
    print_table("rows by licence", ["licence", "terms", "rows"], rows)
    for word in ("share-alike", "non-commercial"):
        bound = {one for one in counts if word in classes(one[0])}
        if bound:
            names = ", ".join(sorted({license for license, _ in bound}))
            print(f"  {word}: {sum(counts[one] for one in bound):,} rows ({names})")
    if told["address"]:
        print(f"published: {told['address']}" + (f", tag {told['tag']}" if told["tag"] else ""))
        return
    tagged = f"and tag it {told['tag']}" if told["tag"] else "and give it no tag, as the commit has none"
    print(f"nothing was sent; without --dry-run this would be one commit, {tagged}")
