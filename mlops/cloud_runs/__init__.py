"""Batches in Azure: Prompt flow runs, and pipelines that scale out."""
