"""What was kept out: looked at, corrected, dismissed, replayed; how much of it is too much."""
