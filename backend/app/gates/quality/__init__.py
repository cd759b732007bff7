"""The gate that measures a range and sorts out its bad rows."""
