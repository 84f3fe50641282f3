"""What an operator does with the suite as a whole, whichever of its apps are there. Used by the management commands."""
