"""Bytes of files -> tensors, without I/O."""
