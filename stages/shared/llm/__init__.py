"""The one seam through which stages ask models: prompts in, an answer for each out."""
