"""Where the files of a corpus are: beside its description, in the repository, on the hub, at an address, or by hand."""

from collections.abc import Mapping
from pathlib import Path

from stages.corpus.source import Corpus
from stages.shared import fetched, params
from stages.shared.errors import InputError


def located(corpus: Corpus, description: Path) -> dict[str, Path]:
    """The files of a corpus by name, each the described one; fetched where they aren't here yet.

    Raises InputError where a file is not there, is another one, or nothing says which one it should be.
    """
    if corpus.unpinned:
        raise InputError(
            "a corpus whose files are pinned",
            f"{corpus.unpinned[0]} without a {'commit' if corpus.where == 'hub' else 'SHA-256'}",
            str(description),
            f"`sauropod grow --corpus {corpus.name}` gets the files and pins them",
        )
    if corpus.where == "hub":
        return on_the_hub(corpus, corpus.revision or "")
    if corpus.where == "url":
        return {name: fetched.fetch(corpus.at + name, corpus.sha256[name])[0] for name in corpus.files}
    found = {name: here(corpus, description, name) for name in corpus.files}
    for name, path in found.items():
        check_hash(path, corpus.sha256[name], description)
    return found


def pins(corpus: Corpus, description: Path) -> tuple[str | None, Mapping[str, str]]:
    """The commit of a corpus on the hub, else the hash of each file, as they are now; url files are fetched for it.

    What is pinned already stays as it is. Raises as `located` does.
    """
    if corpus.where == "hub":
        # Loaded here: a corpus that lies elsewhere needs no client of the hub.
        from stages.shared.hub import polite, whole  # noqa: PLC0415

        return corpus.revision or whole.commit(corpus.at, params.read("hub.client", polite.HubClient)), {}
    known = corpus.sha256
    if corpus.where == "url":
        return None, {name: known.get(name) or fetched.fetch(corpus.at + name, None)[1] for name in corpus.files}
    there = {name: here(corpus, description, name) for name in corpus.files}
    return None, {name: known.get(name) or fetched.hash_of(path) for name, path in there.items()}


def on_the_hub(corpus: Corpus, revision: str) -> dict[str, Path]:
    """The files of a corpus on the hub, at a commit."""
    from stages.shared.hub import polite, whole  # noqa: PLC0415 - as above

    return whole.fetch(corpus.at, revision, corpus.files, params.read("hub.client", polite.HubClient))


def here(corpus: Corpus, description: Path, name: str) -> Path:
    """Where a file lies that nobody fetches; raise InputError where it is not there."""
    folders = {"beside": description.parent, "own": Path(corpus.at), "by_hand": fetched.folder() / corpus.name}
    path = folders[corpus.where] / name
    if path.is_file():
        return path
    if corpus.where == "by_hand":
        wanted = f" with SHA-256 {corpus.sha256[name]}" if name in corpus.sha256 else ""
        raise InputError(
            f"the file {name}{wanted}, which no program may fetch",
            "none",
            str(path),
            f"get it by hand from {corpus.at} and put it there",
        )
    raise InputError("the file of the corpus", "none", str(path), f"put it there, or correct `files` in {description}")


def check_hash(path: Path, sha256: str, description: Path) -> None:
    """Raise InputError where a file is another one than was described."""
    found = fetched.hash_of(path)
    if found != sha256:
        raise InputError(
            f"SHA-256 {sha256}", found, str(path), f"restore the file, or describe the new one in {description}"
        )
