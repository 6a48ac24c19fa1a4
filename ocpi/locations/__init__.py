"""OCPI module locations: stations, their EVSEs and connectors, on three levels (chapter mod_locations)."""
