"""ESCO as an operator imports it: the European classification of skills and occupations, in its own tables.

Source: European Commission, ESCO (https://esco.ec.europa.eu), reusable with attribution. The suite ships none of it.
"""
