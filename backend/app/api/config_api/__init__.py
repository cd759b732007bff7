"""/api/v1: the few calls of Airbyte's Config API that its clients make beside the public API."""
