"""Operator screens that cross modules: the admin's first page and its navigation."""
