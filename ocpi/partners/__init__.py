"""Who may call us and whom we call: connected platforms, their roles, endpoints and tokens, and our own API clients."""
