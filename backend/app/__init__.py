"""Atlas: any Airbyte connector's records, in three governed layers of PostgreSQL."""
