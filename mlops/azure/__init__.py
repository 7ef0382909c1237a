"""Azure clients, the data assets of a project, and the checks of what an environment lacks there."""
