"""How each library lays weights out, and which tensors it converts."""
