"""OCPI module commands: start, stop, reserve, cancel, unlock, and the results that come back (chapter mod_commands)."""
