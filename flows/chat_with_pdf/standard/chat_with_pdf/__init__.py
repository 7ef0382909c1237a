"""What the nodes of chat_with_pdf are made of: documents, their pages, passages, the index, and prompts."""
