"""Badges: what counts as an achievement, who has earned it, what anyone can check of it, and badges from elsewhere."""
