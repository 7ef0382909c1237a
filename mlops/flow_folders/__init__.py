"""Flows as folders: completed, with another prompt, and what their code says of their inputs."""
