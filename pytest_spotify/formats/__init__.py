"""From bytes to plain data and back: content codings, JSON, YAML. Knows nothing of what the data means."""
