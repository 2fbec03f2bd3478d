"""What fills the terminal: the main screen and what opens on top of it."""
