"""Where checkpoints come from: all I/O."""
