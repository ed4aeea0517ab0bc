"""For people: the `sauropod` command."""
