"""Seeded runs that return plain numbers: what figures, sentences and widgets of a chapter rest on."""
