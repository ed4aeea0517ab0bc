"""Sauropod: an instruction-tuning dataset that grows, as the stages of one DVC pipeline."""

import os

# Read by Arrow when it is loaded: its own allocator keeps what it once had, a quarter of the memory of organize.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
