"""What a checkpoint is: pure, no I/O."""
