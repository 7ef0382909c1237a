"""Create the connections under which flows know the model endpoint and web search, here and in Azure."""
