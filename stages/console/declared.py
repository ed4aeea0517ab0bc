"""What the declarations of the console's commands share."""

import argparse
from collections.abc import Callable
from typing import Any

Commands = Any
"""What `add_subparsers` returns; argparse has no public name for it."""

Later = Callable[[str], Callable[[argparse.Namespace], None]]
"""Gives, for the name of a module, what loads it and runs its command."""
