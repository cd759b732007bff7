"""The Airbyte protocol as bytes: child process, lines, messages, landings."""
