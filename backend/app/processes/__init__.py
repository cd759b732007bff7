"""Child processes: run apart, heard without a queue, ended whole, and kept from saying secrets."""
