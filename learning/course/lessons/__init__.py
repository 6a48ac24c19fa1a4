"""One file, one lesson; the numbers give their order."""
