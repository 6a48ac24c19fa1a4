"""OCPI module chargingprofiles: limits on a running charge (chapter mod_charging_profiles). Nothing of it is built or advertised yet."""
