"""The `template` provider: answers by rule, with no model, no network and no money."""

from collections.abc import Iterable, Iterator

from stages.shared.llm.seam import ModelParams, Prompt, Rule, request_key
from stages.shared.records import Answer


class Template:
    """Answers every prompt with a rule of the asking route."""

    def __init__(self, model: ModelParams, rule: Rule) -> None:
        self._model = model
        self._rule = rule

    def answer(self, prompts: Iterable[Prompt]) -> Iterator[Answer]:
        """Yield one Answer per Prompt, in order."""
        for prompt in prompts:
            yield Answer(
                key=request_key(self._model, prompt),
                item=prompt.item,
                setting=prompt.setting,
                draw=prompt.draw,
                provider=self._model.provider,
                model=self._model.model,
                reply=self._rule(prompt),
                finish_reason="stop",
            )
