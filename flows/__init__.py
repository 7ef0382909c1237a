"""Flows: one folder each, with the flow in `standard` and its evaluation in `evaluate`."""
