"""Official clients of an emulator."""

import openai

from src.emulator.server import Emulator

API_VERSION = "2024-10-21"


def azure(emulator: Emulator, **options: object) -> openai.AzureOpenAI:
    """The official client of Azure OpenAI, without retries unless they are asked for."""
    options = {"api_key": "any", "api_version": API_VERSION, "max_retries": 0, "timeout": 10, **options}
    return openai.AzureOpenAI(azure_endpoint=emulator.endpoint, **options)
