"""Finds entities in a text when a prompt asks for them: the emulator's model for the entity-extraction flows."""
from src.emulator.tasks.entities.extraction import extract

__all__ = ["extract"]
