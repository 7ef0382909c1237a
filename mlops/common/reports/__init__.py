"""Reports of evaluations: written for people, for pull requests and for pipelines, and read back as a baseline."""

from mlops.common.reports.reading import read_results
from mlops.common.reports.writing import write_reports

__all__ = ["read_results", "write_reports"]
