"""From a page of a PDF to its text: runs, lines with their cells and marks, columns, what was added, and paragraphs."""
