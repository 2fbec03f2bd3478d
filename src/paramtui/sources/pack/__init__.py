"""A checkpoint as one small block of bytes: what the cache keeps of a repository."""
