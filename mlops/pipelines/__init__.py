"""What the pipelines of GitHub and Azure DevOps need besides the flows: comments, baselines, summaries, proposals."""
