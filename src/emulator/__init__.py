"""A stand-in for Azure OpenAI on loopback, behind the environment `local`. It is not a language model."""
