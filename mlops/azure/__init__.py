"""Azure clients, and the data assets of a project."""
