"""What may be kept and shown of secrets and people: `redact` rewrites, `scan` searches, `masking` hides.

`docs/recording.md` says what a user sees of it. Nothing is imported here: `secret` costs no other module.
"""
