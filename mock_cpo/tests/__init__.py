"""Black-box tests: a real mock CPO on one port, a recording eMSP on another."""
