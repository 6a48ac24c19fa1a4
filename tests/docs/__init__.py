"""The documentation: what of it is made from the code, and that all of it is true."""
