"""Groups -> the folded tree of modules."""
