"""What a training step holds at its worst moment."""
