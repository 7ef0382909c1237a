"""Makes a flow, ready to run, to be evaluated, served and deployed, and takes one out again."""
