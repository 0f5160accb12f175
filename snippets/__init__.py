"""The package that the pages embed: NumPy only, one module a chapter, every name tested."""
