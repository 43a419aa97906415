"""What happens to the exchanges of any Spotify item: traffic, checks, result."""
