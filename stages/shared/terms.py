"""Terms of use that come with what a model wrote, beside the licence."""

OPENAI_MODELS = ("gpt-", "text-davinci-", "chatgpt-")
OPENAI_TERMS = "openai-terms"
"""Text written by these models comes under their maker's terms of use, beside its licence."""


def terms_of(generator: str) -> str:
    """The terms of use that bind what `provider:model` wrote; "" for none beside the licence."""
    return OPENAI_TERMS if generator.partition(":")[2].startswith(OPENAI_MODELS) else ""
