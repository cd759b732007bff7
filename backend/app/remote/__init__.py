"""Systems elsewhere that Atlas drives."""
