"""What the stages that ask a model would ask: which prompts, and which of them are answered already.

Nothing is asked and nothing is written here. A stage that asks a model is one entry of ASKING.
"""

import io
from collections import Counter
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stages.console import pipeline
from stages.console.costs import Earlier, Tally, answers_per_second
from stages.shared import params
from stages.shared.errors import InputError, StoreError
from stages.shared.files import read_jsonl
from stages.shared.ledger import Ledger
from stages.shared.llm import books, money, refill
from stages.shared.llm.seam import ModelParams, Prompt, request_of
from stages.shared.llm.store import Store
from stages.shared.records import Answer, Card, Usage

MOST_EARLIER = 10_000
"""The latest answers of a model that estimates are made from."""
LAST_MINUTES = 10
"""The latest minutes with answers that the rate is taken from."""

EARLIER = """
SELECT input, cached_input, output, turn FROM answers WHERE model = ? {which} AND output IS NOT NULL
ORDER BY rowid DESC LIMIT ?
"""
MINUTES = """
SELECT count(*), min(at), max(at) FROM answers WHERE label = ? AND model = ? AND budget IS NOT NULL
GROUP BY at / 60 ORDER BY at / 60 DESC LIMIT ?
"""


@dataclass(frozen=True)
class Wanted:
    """What a stage would ask about one item.

    prompts: those that can be written now. unseen: how many more there may be. exact: whether that is all of it, for
    certain. basis: what it is taken from. out: the answers that the stage writes. settings: the variants of prompts.
    """

    prompts: Iterable[Prompt]
    unseen: int
    exact: bool
    basis: str
    out: Path
    settings: tuple[str, ...]


Wanting = Callable[[str, bool, ModelParams, "Known"], Wanted]
"""What a stage would ask a model about an item, exactly where its inputs are up to date; from what is known."""


def itself(item: str) -> tuple[str, ...]:
    """What follows from an item where a stage and those before it have the same items."""
    return (item,)


@dataclass(frozen=True)
class Asking:
    """A stage that asks the model that its section of params.yaml names.

    before: the stages that make its inputs. opened: reads its parameters once for all items. follow: the items that
    follow from one of the stages before.
    """

    stage: str
    before: tuple[str, ...]
    opened: Callable[[], Wanting]
    follow: Callable[[str], tuple[str, ...]] = itself


def generate() -> Wanting:
    """The prompts of a wave: those of each config that select keeps."""
    # Loaded here: prompts are written only where they would cost something.
    from stages.hub.generate import GenerateParams, build  # noqa: PLC0415
    from stages.hub.rows import WaveRows  # noqa: PLC0415

    chosen = params.read("generate", GenerateParams)
    stages = pipeline.load(pipeline.PIPELINE)["stages"]

    def wanted(item: str, ready: bool, _model: ModelParams, _known: Known) -> Wanted:
        paths, crawl = pipeline.paths(stages["generate"], item), pipeline.paths(stages["crawl"], item)
        there = all(path.exists() for path in (paths["cards"], paths["rows"], crawl["cards"]))
        cards = list(read_jsonl(paths["cards"], Card)) if there else []
        exact, unseen, basis = ready and there, 0, "its inputs are up to date"
        if not exact:
            crawled = {(card.dataset, card.revision) for card in read_jsonl(crawl["cards"], Card)} if there else set()
            cards, unseen, basis = guessed(crawl["wave"], crawled, cards, len(chosen.settings))
        book = Ledger("generate", io.StringIO())
        prompts = build(cards, WaveRows(paths["rows"]), chosen, book, Counter()) if there else ()
        return Wanted(prompts, unseen, exact, basis, paths["answers"], chosen.settings)

    return wanted


def explore() -> Wanting:
    """The requests for subtasks of a domain: those that follow from the answers so far, and how many may come."""
    # Imported here, as all that asks.
    from stages.console.domains import explored  # noqa: PLC0415

    return explored()


def enrich() -> Wanting:
    """The requests for examples of a domain's tasks."""
    from stages.console.domains import enriched  # noqa: PLC0415

    return enriched()


def judge() -> Wanting:
    """What a judge is asked about a pair of models."""
    from stages.console.judging import judged  # noqa: PLC0415

    return judged()


def pairs_of(measure: str) -> tuple[str, ...]:
    """The pairs that compare a measure."""
    pairs = params.value("pairs") or {}
    return tuple(name for name, pair in pairs.items() if measure in (pair["a"], pair["b"]))


def audit() -> Wanting:
    """What a model is asked about the sample of the dataset."""
    from stages.console.judging import audited  # noqa: PLC0415

    return audited()


def guessed(wave: Path, crawled: Set[tuple[str, str]], cards: list[Card], settings: int) -> tuple[list[Card], int, str]:
    """What a wave file lets one expect before it is crawled.

    crawled: the datasets and revisions of the last crawl. cards: those that were selected of it. Returns the cards that
    are still in the wave, how many prompts the other datasets may make, and the words for all that.
    """
    # Loaded here: most plans need no wave.
    from stages.hub.waves import read_wave  # noqa: PLC0415

    if not wave.exists():
        remedy = "restore it, or take the wave out with `sauropod grow --undo`"
        raise InputError("a wave file", "none", str(wave), remedy)
    listed = {(entry.id, entry.revision): entry.configs for entry in read_wave(wave).datasets}
    new = [configs for dataset, configs in listed.items() if dataset not in crawled]
    count = sum(len(configs or [""]) for configs in new)
    configs = "" if count == len(new) else f" with {many(count, 'config')}"
    expected = f"{many(len(new), 'dataset')}{configs} x {many(settings, 'setting')}, further configs not known"
    crawled_last = f"{many(len(listed) - len(new), 'dataset')} as crawled last"
    basis = "; ".join([expected] * bool(new) + [crawled_last] * (len(new) < len(listed)))
    return [card for card in cards if (card.dataset, card.revision) in listed], count * settings, basis


ASKING = [
    Asking("generate", ("crawl", "select"), generate),
    Asking("explore", (), explore),
    Asking("enrich", ("explore",), enrich),
    Asking("audit", ("merge",), audit),
    Asking("judge", ("predict",), judge, pairs_of),
]
"""The stages that ask a model, in the order of dvc.yaml."""


def many(count: int, word: str) -> str:
    """A number with its word, in the plural where it takes one."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def concerned(asking: Asking, changed: Iterable[str]) -> dict[str, bool]:
    """The items of an asking stage that would run, or may, and of each whether its inputs are up to date.

    A stage that is made once has the item "".
    """
    parts = [name.partition("@")[::2] for name in changed]
    own = {item for stage, item in parts if stage == asking.stage}
    stale = {one for stage, item in parts if stage in asking.before for one in asking.follow(item)}
    return {item: item not in stale for item in sorted(own | stale)}


@dataclass
class Known:
    """What was answered so far: in the store (None: there is none), and in the last commit of a stage's answers.

    asked: the requests that stages counted before will make. warnings: what stands in the way of a stage.
    """

    store: Store | None
    pay_again: bool
    asked: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._claimed = {key for (key,) in self.store.query("SELECT key FROM claims")} if self.store else set()
        self._earlier: dict[tuple[str, tuple[str, ...]], Earlier] = {}
        self._rates: dict[tuple[str, str], float | None] = {}
        self.begin(Path())

    def find(self, key: str) -> books.Stored | None:
        """The stored answer to a request; a damaged one counts as none, as it does for a stage."""
        rows = self.store.query(f"SELECT {books.COLUMNS} FROM answers WHERE key = ?", key) if self.store else []  # noqa: S608
        return books.stored(rows[0]) if rows else None

    def is_under_way(self, key: str) -> bool:
        """Whether somebody asks it, or will have when the stage comes to it."""
        return key in self._claimed or key in self.asked

    def begin(self, out: Path) -> None:
        """Go on to the stage that writes these answers."""
        self._out = out
        self._committed: dict[str, Answer] | None = None
        self._replies: dict[str, Answer] | None = None

    def answer(self, key: str) -> Answer | None:
        """The answer to a request, from the store or the stage's last commit."""
        entry = self.find(key)
        if entry is not None:
            return entry.answer
        if self._replies is None:
            self._replies = {}
            if self.committed():
                found = refill.committed(self._out, pay_again=self.pay_again)
                self._replies = {one.key: one for one in found}
        return self._replies.get(key)

    def committed(self) -> dict[str, Answer]:
        """The answers by key in the stage's last commit; where they are not at hand, none and a warning."""
        if self._committed is None:
            self._committed = {}
            try:
                found = refill.committed(self._out, pay_again=self.pay_again)
                # Of the replies, which may be long, nothing is needed.
                self._committed = {one.key: one.model_copy(update={"reply": ""}) for one in found}
            except StoreError as error:
                self.warnings.append(str(error))
        return self._committed

    def last(self) -> Earlier:
        """What the answers of the stage's last commit took, where that was looked at."""
        metered = [one for one in (self._committed or {}).values() if one.usage]
        return Earlier([one.usage for one in metered if one.usage], sum(one.turn != 0 for one in metered))

    def earlier(self, model: str, settings: tuple[str, ...]) -> Earlier:
        """What the latest answers of a model took: those to prompts of these settings, else all."""
        if (model, settings) not in self._earlier:
            marks = ", ".join("?" * len(settings))
            rows = self._latest(f"AND setting IN ({marks})", model, *settings) or self._latest("", model)
            usages = [Usage(input=spent, cached_input=cached, output=output) for spent, cached, output, _ in rows]
            self._earlier[model, settings] = Earlier(usages, sum(row[-1] != 0 for row in rows))
        return self._earlier[model, settings]

    def _latest(self, which: str, *values: str) -> list[Any]:
        return self.store.query(EARLIER.format(which=which), *values, MOST_EARLIER) if self.store else []

    def rate(self, label: str, model: str) -> float | None:
        """Answers per second, as they came last; None where too few came to say."""
        if (label, model) not in self._rates:
            minutes: list[Any] = self.store.query(MINUTES, label, model, LAST_MINUTES) if self.store else []
            self._rates[label, model] = answers_per_second(minutes)
        return self._rates[label, model]


def counted(wanted: Wanted, model: ModelParams, known: Known) -> Tally:
    """Count the prompts of a stage; as in the stage itself, the last commit is looked at when the store lacks one."""
    # Loaded here: it brings the client along.
    from stages.shared.llm.asking import complaint_of  # noqa: PLC0415

    known.begin(wanted.out)
    tally = Tally(prompts=wanted.unseen, unseen=wanted.unseen)
    for prompt in wanted.prompts:
        request = request_of(model, prompt)
        key, entry, size = request.key, known.find(request.key), money.input_bound(request)
        tally.prompts += 1
        tally.built += 1
        tally.built_bytes += size
        if entry is not None:
            tally.in_store += 1
            _pair(tally, size, entry.answer.usage)
            ask = complaint_of(model, prompt, entry.answer.reply)
            if ask and not (known.find(ask.key) or ask.key in known.committed() or known.is_under_way(ask.key)):
                tally.again += 1
                tally.missing_bytes += money.input_bound(ask.request)
        elif key in known.committed():
            tally.in_store += 1
            _pair(tally, size, known.committed()[key].usage)
        elif known.is_under_way(key):
            tally.under_way += 1
        else:
            known.asked.add(key)
            tally.missing_bytes += size
    return tally


def _pair(tally: Tally, size: int, usage: Usage | None) -> None:
    if usage and usage.input:
        tally.pairs += 1
        tally.pair_bytes += size
        tally.pair_tokens += usage.input
