"""OCPI module sessions: charges that are running (chapter mod_sessions)."""
