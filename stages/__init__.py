"""Sauropod: an instruction-tuning dataset that grows, as the stages of one DVC pipeline."""
