"""Reusable parts of the window, one a file."""
