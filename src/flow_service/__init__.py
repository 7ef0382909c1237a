"""One FastAPI application that serves every flow of this repository."""
