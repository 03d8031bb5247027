"""A number as the answer, compared as an exact fraction."""
