"""/v1: Airbyte's public API with Atlas's resources beside it, one file a resource."""
