"""Station 1: any Airbyte connector, read as bytes."""
