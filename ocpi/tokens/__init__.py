"""OCPI module tokens: the cards and app users of our own drivers (chapter mod_tokens)."""
