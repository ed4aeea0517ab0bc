"""Terms of use that come with what a model wrote, beside the licence."""

import re

OPENAI_TERMS = "openai-terms"
ANTHROPIC_TERMS = "anthropic-terms"

_MAKERS = {
    OPENAI_TERMS: r"chatgpt|gpt-[3-9]|o[1-9](?:-|$)|(?:text-|code-)?davinci",
    ANTHROPIC_TERMS: r"claude",
}
"""How the names of a maker's models begin, by the word for its terms. Open models have names alike: gpt-j, gpt-oss."""

_NAMES = {word: re.compile(pattern) for word, pattern in _MAKERS.items()}


def terms_of(generator: str) -> str:
    """The terms of use that bind what `provider:model` wrote, or a model that is named alone; "" for none.

    A maker's name before the model's (`openai/gpt-4o`, as brokers write it) and the mark of a tuned one (`ft:`) change
    nothing.
    """
    model = (generator.partition(":")[2] or generator).removeprefix("ft:").rpartition("/")[2].lower()
    return next((word for word, name in _NAMES.items() if name.match(model)), "")
