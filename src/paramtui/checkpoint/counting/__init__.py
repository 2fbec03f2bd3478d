"""Tensors -> groups and logical parameters."""
