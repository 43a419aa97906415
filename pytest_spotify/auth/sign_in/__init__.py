"""Signing in with the browser: `flow` is one sign-in from the authorize URL to the stored tokens."""
