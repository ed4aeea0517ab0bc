"""One dataset out of every part: merge, and what is told of it: analyze, audit, report."""
