"""Passerelle: the Django apps behind the blocks."""

__version__ = "0.1.0"
