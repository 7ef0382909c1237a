"""The model endpoint: connections that lead to it, the emulator, and probes of what a model can do."""
