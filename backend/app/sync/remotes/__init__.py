"""Connections that an Airbyte elsewhere moves: who it is, what it does for a job, how one comes and goes."""
