"""The course in a terminal: the same lessons and the same engine as in the browser."""
