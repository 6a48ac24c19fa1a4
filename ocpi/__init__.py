"""The product: an OCPI 2.2.1 e-mobility service provider."""

__version__ = "0.1.0"
