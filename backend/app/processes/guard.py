"""Ends a child's processes if Atlas is killed; a script without imports from Atlas.

A child that only waits would never notice, nor would the processes that it has started.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator

_ROUNDS = 5
"""A stray may start another while it is looked for."""
SEPARATOR = b"\0"
ENDED = b"."


def main() -> None:
    """Hear on stdin, each followed by a NUL, of a child's temporary folder before it begins and of its group
    after, and wait for a dot: it has ended. Silence for good is Atlas's death.

    Shape: Atlas may die between the two, so a group that nobody has named is found by the folder.
    """
    *told, last = sys.stdin.buffer.read().split(SEPARATOR)
    if last == ENDED or not told:
        return
    folder, *groups = told
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int(group), signal.SIGKILL)
    end_strays(folder)


def end_strays(folder: bytes) -> None:
    """Kill what a child has started and moved out of its group: it is known by the temporary
    folder that this child alone was given.

    Shape: nothing where the system does not show what processes were given.
    """
    mark = b"TMPDIR=" + folder
    for _ in range(_ROUNDS):
        strays = [pid for pid in _others() if mark in _environment(pid)]
        for pid in strays:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not strays:
            return


def _others() -> Iterator[int]:
    with contextlib.suppress(OSError):
        yield from (int(name) for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208


def _environment(pid: int) -> list[bytes]:
    """What a process was given when it began; nothing of one that has ended, or is another user's."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123
            return file.read().split(b"\0")
    except OSError:
        return []


if __name__ == "__main__":
    main()
