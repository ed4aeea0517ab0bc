"""Explore-Instruct: a model explores a domain as a tree of tasks and writes examples for its nodes."""
