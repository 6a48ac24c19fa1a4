"""OCPI module versions: which versions we speak and where each of our modules lives."""
