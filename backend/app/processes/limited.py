"""Becomes another program, with limits on what it may use; a script without imports from Atlas.

The limits are those of the process itself, so they hold from its first instruction on, and for all it starts.
"""

import os
import resource
import signal
import sys

_LIMITS = (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_AS)


def main() -> None:
    """Arguments: a pipe's end that hears why the program cannot be started; the most open files, bytes of a file and
    bytes of memory, 0 for as many as there may be; the program and what it is given."""
    hearing, *limits = map(int, sys.argv[1:5])
    os.set_inheritable(hearing, False)  # it ends when the program has begun
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core holds the configuration
    for kind, most in zip(_LIMITS, limits, strict=True):
        _limit(kind, most)
    # Python ignores these, and what is ignored stays so
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    command = sys.argv[5:]
    try:
        os.execvp(command[0], command)  # noqa: S606  no shell is what is wanted
    except OSError as error:
        os.write(hearing, (error.strerror or type(error).__name__).encode())
        sys.exit(127)


def _limit(kind: int, most: int) -> None:
    """Shape: a limit that is lower already stays."""
    hard = resource.getrlimit(kind)[1]
    if most and (hard == resource.RLIM_INFINITY or most < hard):
        resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()
