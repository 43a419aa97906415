"""Who may ask: credentials, tokens, the three grants and where tokens are kept.

Knows the errors, the clock and the wire; nothing of pytest, contracts or cassettes. Nothing is imported
here, so that `pytest_spotify.redaction.secret` costs no HTTP client.
"""
