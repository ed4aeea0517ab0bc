"""What the dataset is for: mix, train, predict, evaluate, summarize."""
