"""Connections and their streams, and what their sources offer."""
