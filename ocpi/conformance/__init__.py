"""The checks that tell whether a platform speaks OCPI 2.2.1. Nothing of it is built or advertised yet."""
