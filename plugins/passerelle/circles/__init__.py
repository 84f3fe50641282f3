"""Storytelling circles: guided conversations of a small group, each a protocol played by its members."""
