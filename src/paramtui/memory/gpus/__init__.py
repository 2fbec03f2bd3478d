"""On which hardware it fits, and how fast it can be."""
