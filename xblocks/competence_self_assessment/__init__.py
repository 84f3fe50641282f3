"""The competence self-assessment block: a person says, step by step, what she can do."""
