"""A job and its attempts: kept, told, tried again, ended."""
