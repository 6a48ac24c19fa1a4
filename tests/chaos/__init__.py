"""`make chaos`: the whole platform as processes, killed again and again under load; afterwards nothing is missing."""
