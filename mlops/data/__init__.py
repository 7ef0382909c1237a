"""Data files: read, checked and mapped to the inputs of flows."""
