"""What each layer keeps of the tokens it has read."""
