"""Makes the sample documents: sources in Markdown and tables of data become PDFs."""
