"""paramtui: the terminal explorer for what is inside a model and what it costs."""

__version__ = "0.1.0"
