"""`source-postgres`: reads any PostgreSQL, and speaks the Airbyte protocol about it as a program of its own."""
