"""Pipelines."""

MODEL_INDEX = "model_index.json"
