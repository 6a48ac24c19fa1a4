"""Which partner is in trouble and why, and who is told."""
