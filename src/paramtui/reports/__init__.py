"""Checkpoints and estimates as text and JSON."""
