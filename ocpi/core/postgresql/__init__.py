"""Django's PostgreSQL backend with two things that a flood of small requests needs; see `base`."""
