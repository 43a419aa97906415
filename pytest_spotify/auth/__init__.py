"""Authorization: credentials, tokens, the three grants, and the token store."""
