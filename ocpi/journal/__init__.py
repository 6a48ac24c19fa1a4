"""Every HTTP exchange in and out, redacted: what an operator reads when something went wrong."""
