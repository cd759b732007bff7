"""The conductor: knows the order of the stations, nothing of their insides."""
