"""Stations 2, 4 and 5: explore, chart and navigate."""
