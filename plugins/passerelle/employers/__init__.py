"""Employers: organisations, the work they offer, and who it fits."""
