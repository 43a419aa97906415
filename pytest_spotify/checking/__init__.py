"""Contracts and schemas, and the one judgement of an exchange. No network, no pytest, no clock."""
