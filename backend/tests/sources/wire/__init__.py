"""Tests of app/sources/wire."""
