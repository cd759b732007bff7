"""Ends a connector's process group if Atlas is killed; a script without imports from Atlas.

A connector that only waits would never notice, nor would the processes that it has started.
"""

import contextlib
import os
import signal
import sys


def main() -> None:
    """Hear of the group on stdin, and wait for a dot: it has ended. Silence for good is Atlas's death."""
    heard = sys.stdin.buffer.read()
    if heard.endswith(b"\n"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int(heard), signal.SIGKILL)


if __name__ == "__main__":
    main()
