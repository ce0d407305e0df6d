"""Reports as text: sentences, tables on a terminal, Markdown, progress."""
