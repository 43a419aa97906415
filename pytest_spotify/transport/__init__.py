"""Whether a request may leave, where to, how often, and with whose authorization."""
