"""OCPI module hubclientinfo: which parties are behind a hub, and whether they are connected (chapter 15)."""
