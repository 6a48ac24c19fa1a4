"""How the protocol meets Django and HTTP: views, envelope, errors, paging, outgoing client, secrets, clock."""
