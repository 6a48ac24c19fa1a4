"""The HTTP side: OCPI endpoints, the control API, the panel and the API documentation."""
