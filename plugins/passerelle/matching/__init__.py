"""The matching engine alone: sparse index, score, reasons. No Django, no I/O, and nothing else of the suite."""
