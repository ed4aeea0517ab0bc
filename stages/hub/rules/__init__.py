"""The rules of `template`: what columns a dataset has, which tasks they make, and how to put a task in words."""
