"""Front door: HTTP in, JSON or a problem out; decides nothing."""
