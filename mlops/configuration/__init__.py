"""Configuration: config.yaml and models.yaml, read into typed models."""
