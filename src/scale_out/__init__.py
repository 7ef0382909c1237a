"""What runs on the nodes of a scaled-out batch: `shard` cuts the data up, `answer` runs the flow, `collect` gathers.

The modules are uploaded as they are, beside the flow, and import nothing of this repository.
"""
