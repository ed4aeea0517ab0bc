"""Descriptions of corpora agree with what can read them."""

from typing import get_args

from stages.corpus.reading import FORMATS
from stages.corpus.source import DETECT, Format


def test_a_description_may_name_every_format_that_can_be_read_or_leave_it_open() -> None:
    assert get_args(Format) == (*FORMATS, DETECT)
