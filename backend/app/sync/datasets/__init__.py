"""The tables that were made of streams: which there are, what is in them, where a row came from."""
