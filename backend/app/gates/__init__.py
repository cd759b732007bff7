"""Station 3: what looks at a range before it is published."""
