"""Runnable examples that are installed with the package."""
