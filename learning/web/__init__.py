"""The course in the browser: pages, fragments of them, and what is read from the journal to draw."""
