"""What the records of all formats are checked by: keys that a format does not name are left alone, types are strict."""

import sys
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Shape(BaseModel):
    """The keys that a format reads; a text that can't be written as UTF-8 is none."""

    # Without a limit pydantic takes a text as it is; for one, however high, it looks at the characters.
    model_config = ConfigDict(
        frozen=True, strict=True, extra="ignore", populate_by_name=True, str_max_length=sys.maxsize
    )


def _absent(value: object) -> object:
    return "" if value is None else value


OptionalText = Annotated[str, BeforeValidator(_absent)]
"""A text for which tables hold null where a file of JSON leaves the key out."""
