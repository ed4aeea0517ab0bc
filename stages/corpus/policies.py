"""What clean may be told: its section of params.yaml, and what the rules see of it."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from stages.shared.params import Section
from stages.shared.tokens import TokenizerPlace

Policy = Literal["keep", "drop"]
Share = Annotated[float, Field(ge=0, le=1)]


class SplitPolicy(Section):
    """`clean.split`. limit: tokens of a piece, null to leave conversations whole. per_turn: tokens that each turn takes
    beside its text. tokenizer: what counts them, null for an estimate of `bytes_per_token`. over_limit: of a piece that
    is one exchange and still too long.
    """

    limit: PositiveInt | None
    per_turn: NonNegativeInt
    tokenizer: TokenizerPlace | None
    bytes_per_token: PositiveFloat
    over_limit: Policy


class DiversityPolicy(Section):
    """`clean.diversity`. least: distinct outputs to outputs, of a source that the records name, below which it is
    dropped; null to measure only. fewest: rows of a source that are judged. sample: rows of each source looked at.
    """

    least: Share | None
    fewest: PositiveInt
    sample: PositiveInt


class CleanParams(Section):
    """`clean` in params.yaml; lengths in characters.

    longest_text: of an instruction, an input, an output, a turn. shortest_chat: of all turns of a conversation.
    html: turns of conversations made Markdown. citation_marks: formats whose marks such as [42] are removed.
    blocked_words: in any turn of a conversation, case apart. digit_run: times that a digit may not follow itself.
    repeated_opening: conversations whose first exchange came before. languages, skip_languages: two-letter codes.
    """

    longest_text: PositiveInt
    shortest_chat: NonNegativeInt
    html: Literal["answers", "all", "none"]
    citation_marks: tuple[str, ...]
    tool_calls: Policy
    refusals: Policy
    boilerplate: Policy
    toxic: Policy
    wrong_lists: Policy
    repeated_opening: Policy
    blocked_words: tuple[Annotated[str, Field(min_length=1)], ...]
    digit_run: Annotated[int, Field(ge=2)] | None
    languages: tuple[str, ...] | Literal["all"]
    skip_languages: tuple[str, ...]
    language_detection: Literal["missing", "always", "never"]
    split: SplitPolicy
    diversity: DiversityPolicy


@dataclass(frozen=True)
class Policies:
    """What the rules judge by: the section, and the format and language that the corpus is described with."""

    params: CleanParams
    format: str
    language: str
