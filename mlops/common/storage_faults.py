"""Disks that are full and folders that cannot be written to, wherever in a chain of causes they are found."""

from __future__ import annotations

import errno
import sqlite3

from mlops.common.errors import causes
from mlops.common.paths import OUTPUTS, PROMPTFLOW_HOME, display_path

FULL, READ_ONLY = "no space is left on that disk; free some", "it is read-only; make it writable"
NOT_ALLOWED = "this user may not write there; grant it write access"
FAULTS = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EROFS: READ_ONLY,
    errno.EACCES: NOT_ALLOWED,
    errno.EPERM: NOT_ALLOWED,
}
OF_SQLITE = {  # as https://www.sqlite.org/rescode.html explains SQLITE_FULL, _READONLY and _CANTOPEN
    "disk is full": FULL,
    "readonly database": READ_ONLY,
    "unable to open database": NOT_ALLOWED,
}
ELSEWHERE = "or point OUTPUTS_DIRECTORY (outputs/) or PF_HOME_DIRECTORY (.promptflow/) to another place"


def storage_fault(error: BaseException) -> str | None:
    """Return what cannot be written, why, and what to do, in a sentence; None if the error is another one."""
    for cause in causes(error):
        if isinstance(cause, OSError) and (found := _of_system(cause)):
            place, fault = found
            return f"{place} cannot be written to: {fault}, {ELSEWHERE}"
        if isinstance(cause, sqlite3.OperationalError):
            if fault := next((fault for text, fault in OF_SQLITE.items() if text in str(cause)), ""):
                place = display_path(PROMPTFLOW_HOME)
                return f"{place} cannot be written to: {fault}, {ELSEWHERE}"
    return None


def _of_system(error: OSError) -> tuple[str, str] | None:
    """Return the place and the fault of an error of the operating system; shutil.Error lists several as texts."""
    if error.errno in FAULTS:
        return display_path(error.filename) if error.filename else display_path(OUTPUTS), FAULTS[error.errno]
    if error.errno is None and error.args and isinstance(error.args[0], list):
        for _, target, reason in error.args[0]:
            for number, fault in FAULTS.items():
                if f"[Errno {number}]" in str(reason):
                    return display_path(target), fault
    return None
