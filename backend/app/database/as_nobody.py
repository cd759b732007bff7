"""Runs a program as `nobody` in a user namespace of its own; a script without imports from Atlas.

PostgreSQL refuses to run as root, and initdb wants its user to have a name. In the namespace the
program sees the uid of `nobody`, while the kernel still sees the caller's: files stay the caller's,
no user is added, and no folder has to be opened to anybody.
"""

import ctypes
import os
import sys
from pathlib import Path

NOBODY = 65534
CLONE_NEWUSER = 0x1000_0000  # os.unshare comes with Python 3.12 only


def main(command: list[str]) -> None:
    """Become `nobody` and turn into the command; ends with a sentence where that is forbidden."""
    uid, gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        if libc.unshare(CLONE_NEWUSER):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        Path("/proc/self/setgroups").write_text("deny")  # the kernel wants it before gid_map
        Path("/proc/self/uid_map").write_text(f"{NOBODY} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{NOBODY} {gid} 1")
    except (OSError, AttributeError) as refused:
        sys.exit(
            f"PostgreSQL cannot run as uid {uid} here, and a user namespace is refused ({refused})."
            " Run Atlas as an ordinary user, or set ATLAS_DATABASE_URL."
        )
    os.execv(command[0], command)  # noqa: S606 - the command is the caller's, and no shell reads it


if __name__ == "__main__":
    main(sys.argv[1:])
