"""Read a page's LaTeX and evaluate it against values: a formula is a proposition, a binding its environment."""
