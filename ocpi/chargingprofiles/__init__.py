"""OCPI module chargingprofiles: limits for the power of a session, set by us, reported by CPOs (chapter 14)."""
