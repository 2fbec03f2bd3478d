"""What the command does with its arguments: one file for each thing it can do."""
