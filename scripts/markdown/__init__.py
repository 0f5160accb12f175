"""Python-Markdown extensions: what a page writes to show formulas, figures, listings, numbers and questions."""
