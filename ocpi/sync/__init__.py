"""Pulling: a partner's modules, page by page, so that we converge whatever the pushes did (TRA-42)."""
