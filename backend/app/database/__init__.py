"""Plumbing: the only room that knows the drivers."""
