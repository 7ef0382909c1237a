"""Traces: collected, exported, and what they say of tokens."""
