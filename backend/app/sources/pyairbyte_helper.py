"""The one place that imports PyAirbyte: installs a connector, prints its command, ends."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str]) -> int:
    """Arguments: name, package, version, folder; the last line of stdout is the answer, as JSON."""
    name, package, version, home = arguments
    import airbyte

    source = airbyte.get_source(
        name,
        pip_url=f"{package}=={version}",
        install_if_missing=True,
        install_root=Path(home),
    )
    # private, and held by a contract test: PyAirbyte has no public name for it
    command = [str(part) for part in source.executor._cli]
    answer = {"command": command, "version": str(source.connector_version or version)}
    sys.stdout.write("\n" + json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
