"""What-ifs on single branches of the tree."""
