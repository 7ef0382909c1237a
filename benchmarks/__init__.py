"""The speed promises, each measured by a command of its own."""
