"""Competences: what a person can do, in her own words, and what it rests on."""
