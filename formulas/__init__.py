"""Read a page's LaTeX and evaluate it against values: a formula is a proposition, a binding its environment."""

from formulas.bindings import Binding, formula, inline
from formulas.book import Book
from formulas.checker import Mismatch, check
from formulas.moments import RV, Law, iid, independent, law_of
from formulas.tokens import FormulaError

__all__ = ["RV", "Binding", "Book", "FormulaError", "Law", "Mismatch", "check", "formula", "iid", "independent"]
__all__ += ["inline", "law_of"]
