"""What the declarations of the console's commands share."""

import argparse
from collections.abc import Callable
from typing import Any

Commands = Any
"""What `add_subparsers` returns; argparse has no public name for it."""

Later = Callable[[str], Callable[[argparse.Namespace], None]]
"""Gives, for the name of a module, what loads it and runs its command."""


def count(text: str) -> int:
    """The whole number, 0 or more, that an option is given; argparse shows the error's words."""
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected a whole number, 0 or more, got {text!r}")
    return int(text)
