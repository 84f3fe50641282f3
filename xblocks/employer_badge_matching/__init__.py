"""The opportunities that fit a learner, as a block of a course."""
