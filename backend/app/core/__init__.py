"""The words that rooms share; no I/O but reading settings and setting up logging."""
