"""What the dataset is for: a model that learns from it, mix to align, and how good it is, predict to summarize."""
