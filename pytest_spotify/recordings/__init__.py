"""Cassettes and other files of traffic, what may be kept in them, and the search for secrets."""
