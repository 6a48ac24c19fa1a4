"""OCPI module tariffs: what partners charge (chapter mod_tariffs)."""
