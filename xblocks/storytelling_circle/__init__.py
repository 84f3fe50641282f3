"""The storytelling circle, as a block of a course."""
