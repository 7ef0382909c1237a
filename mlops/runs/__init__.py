"""Runs on this machine: sessions, records, batches and their resumption."""
