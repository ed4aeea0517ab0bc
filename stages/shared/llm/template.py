"""The `template` provider: answers by rule, with no model, no network and no money."""

from collections.abc import Iterable, Iterator

from stages.shared.llm.seam import ModelParams, Prompt, Rule, answered
from stages.shared.records import Answer


class Template:
    """Answers every prompt with a rule of the asking route."""

    def __init__(self, model: ModelParams, rule: Rule) -> None:
        self._model = model
        self._rule = rule

    def answer(self, prompts: Iterable[Prompt]) -> Iterator[Answer]:
        """Yield one Answer per Prompt, in order."""
        for prompt in prompts:
            yield answered(self._model, prompt, self._rule(prompt))
