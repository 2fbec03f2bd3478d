"""Two checkpoints, name by name."""
