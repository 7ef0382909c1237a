"""What an environment needs in Azure, checked before anything is uploaded; `run.CHECKS` lists the checks."""
