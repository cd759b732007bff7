"""The gate that decides which paths hold personal data."""
