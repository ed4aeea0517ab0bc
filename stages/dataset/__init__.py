"""One dataset out of every part: merge."""
