"""Django management commands of the mock CPO."""
