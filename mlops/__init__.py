"""Everything between a flow and production: runners, evaluation, connections and deployment."""
