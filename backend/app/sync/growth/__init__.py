"""What a changed schema asks for of rows that are there: done by the next job, before it reads."""
