"""The checks between collection and the first test."""
