"""What is checked between collection and the first test."""
