"""The numbers of tensors of this machine: the only place with NumPy, asked by `tensor_values`."""
