"""The course and the demo: what a newcomer runs first."""
