"""How many requests a second, against a floor: the bare minimum that does the same durable statements."""
