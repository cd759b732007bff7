"""What a person at a terminal sees: the demo, progress, summaries, the doctor."""
