"""Secrets and people in cassettes and output: `redact` rewrites, `scan` searches, `masking` hides.

`docs/recording.md` describes what a user sees. Nothing is imported here, so that `secret` imports no other
module.
"""
