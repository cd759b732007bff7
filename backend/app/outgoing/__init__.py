"""Requests that Atlas sends out: all of them through one guarded transport."""
