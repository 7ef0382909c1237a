"""Evaluation: scores, judges, baselines, the gate and its reports."""
