"""OCPI module credentials: the handshake that connects two platforms, in both directions."""
