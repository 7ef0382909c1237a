"""What stands beside the flows: evaluators, services and the emulator."""
