"""Secrets of configurations: found, locked, referred to, opened when a connector is started."""
