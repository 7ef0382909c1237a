"""What several flows that do the same task have in common: their inputs, outputs and evaluators."""
