"""An encyclopedia of an invented archipelago, and what finds articles in it."""
