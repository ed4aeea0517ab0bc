"""Asking in rounds: prompts that follow from the answers to earlier ones, whoever answers them.

What is asked is decided by pure logic that a stage, a test or `sauropod plan` can drive alike: a generator yields all
prompts that may be asked at once, and is sent what came of them.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from stages.domain.intake import is_cut_off
from stages.domain.source import Domain
from stages.shared import params
from stages.shared.errors import InputError, ParamsError
from stages.shared.llm import bill
from stages.shared.llm.seam import FREE, ModelParams, Prompt, Round, Unanswered, request_of
from stages.shared.params import SectionType
from stages.shared.records import Answer

Outcomes = Sequence[Answer | Unanswered]
Asking = AbstractContextManager[Round]
"""A provider that is open for asking as long as a block runs."""
Rounds = Generator[list[Prompt], Outcomes, None]
"""Yields the prompts of a round and is sent their outcomes, in the order of the prompts; ends when all is asked."""


class Work(Protocol):
    """What asks in rounds."""

    def rounds(self) -> Rounds:
        """The rounds, each of at least one prompt."""

    def to_come(self) -> int:
        """How many prompts may follow those of the present round; an estimate."""


def asked(work: Work, opened: Callable[[], Asking]) -> Iterator[Answer]:
    """Do the work with a provider, which is opened only if there is anything to ask; yield the answers as asked."""
    rounds = work.rounds()
    prompts = next(rounds, None)
    if prompts is None:
        return
    with opened() as ask:
        while prompts is not None:
            outcomes = list(ask(prompts))
            yield from (one for one in outcomes if isinstance(one, Answer))
            prompts = _next(rounds, outcomes)


def known_so_far(work: Work, answered: Callable[[Prompt], list[Answer] | None]) -> tuple[list[Prompt], int]:
    """What the work would ask, as far as that is known: nothing is asked here.

    answered: the answers that a prompt has already, None where they are not complete (`answered_by`). Returns all
    prompts that can be written now, answered ones among them, and how many more may follow; 0 is certain only where
    every prompt is answered.
    """
    found: list[Prompt] = []
    rounds = work.rounds()
    prompts = next(rounds, None)
    while prompts is not None:
        found += prompts
        known = [answered(prompt) for prompt in prompts]
        outcomes = [one for answers in known if answers is not None for one in answers]
        if None in known:
            return found, work.to_come()
        prompts = _next(rounds, outcomes)
    return found, 0


def answered_by(model: ModelParams, find: Callable[[str], Answer | None]) -> Callable[[Prompt], list[Answer] | None]:
    """What `known_so_far` wants to know, from whatever finds the answer to a request by its key."""
    # Imported here: it brings the client along.
    from stages.shared.llm.asking import complaint_of  # noqa: PLC0415

    def answered(prompt: Prompt) -> list[Answer] | None:
        own = {"item": prompt.item, "setting": prompt.setting, "draw": prompt.draw}
        first = find(request_of(model, prompt).key)
        if first is None:
            return None
        again = complaint_of(model, prompt, first.reply)
        answers = [first, find(again.key)] if again else [first]
        if None in answers:
            return None
        return [one.model_copy(update={**own, "turn": turn}) for turn, one in enumerate(answers) if one]

    return answered


def counting(read: Callable[[str, str, bool], tuple[Sequence[object], object]], answer_format: str) -> bill.Proposed:
    """Count what can be read out of an answer, for the bill. read: replies.subtasks or replies.examples."""
    return lambda answer: len(read(answer.reply, answer_format, is_cut_off(answer))[0])


def settings_of(domain: Domain, stage: str, section: type[SectionType]) -> SectionType:
    """A stage's section of params.yaml with what the domain sets otherwise; raise InputError where that is the model.

    DVC knows of the model that params.yaml names only, and so would neither rerun for another one nor read back what
    it was paid for.
    """
    if "model" in domain.settings.get(stage, {}):
        raise InputError(
            "settings other than the model, which is the same for all domains",
            repr(domain.settings[stage]["model"]),
            f"domain.yaml of {domain.id}, key settings.{stage}.model",
            f"remove it, and name the model in params.yaml, key {stage}.model",
        )
    return domain.settled(stage, params.read(stage, section))


def check_can_explore(stage: str, name: str, model: ModelParams) -> None:
    """Raise ParamsError where the model that a stage's section names answers by rule, or replays known answers."""
    if model.provider in FREE:
        raise ParamsError(
            "a model that can be asked about any domain",
            f"{name!r}, whose provider {model.provider} knows hub datasets only",
            f"params.yaml, key {stage}.model",
            "set it to a model of llm.models with the provider openai, batch, anthropic or transformers",
        )


def _next(rounds: Rounds, outcomes: Outcomes) -> list[Prompt] | None:
    """The prompts of the next round; None where there is none."""
    try:
        return rounds.send(outcomes)
    except StopIteration:
        return None
