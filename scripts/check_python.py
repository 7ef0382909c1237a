"""Ends with one sentence when this Python cannot run the repository; written so that any Python can read it."""

import sys

OLDEST, NEWEST = (3, 10), (3, 13)


def problem():
    """Return what is wrong with this Python, or nothing."""
    version = "%d.%d" % sys.version_info[:2]
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return (
            "This is Python %s (%s), and the repository needs 3.10, 3.11, 3.12 or 3.13: "
            "name one, as in `make run PYTHON=python3.12`." % (version, sys.executable)
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return "Python %s cannot make virtual environments: install the package python%s-venv." % (version, version)
    return None


if __name__ == "__main__":
    sys.exit(problem())
