"""Tests that are marked `spotify`: their traffic, fixtures and hooks."""
