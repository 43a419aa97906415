"""Telling: violations and exchanges in words, for a terminal or a machine. Judges nothing itself."""
