"""OCPI module hubclientinfo: who is connected behind a hub (chapter mod_hub_client_info). Nothing of it is built or advertised yet."""
