"""What the runners share: configuration, connections, batches, reports, names and traces."""
