"""A label as the answer, compared as text."""
