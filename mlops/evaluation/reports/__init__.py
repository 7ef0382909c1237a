"""Reports of evaluations: written for people, for pull requests and for pipelines, and read back as a baseline."""

from mlops.evaluation.reports.reading import read_results
from mlops.evaluation.reports.writing import write_reports

__all__ = ["read_results", "write_reports"]
