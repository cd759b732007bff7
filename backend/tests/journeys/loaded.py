"""What the server that forks Atlas loads beforehand, so that its children start at once."""

import openlineage.client  # noqa: F401

from app.gates.quality import soda

soda.load()
