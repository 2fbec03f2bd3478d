"""A model still in design: the fields of a config changed, and what its blueprint then holds."""
