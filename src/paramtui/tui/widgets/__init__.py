"""The parts of a screen; they show what they are given and report what was done."""
