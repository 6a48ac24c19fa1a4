"""The demo: two platforms, two processes, one charge, told as it happens."""
