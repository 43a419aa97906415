"""From bytes to plain data and back: content codings, JSON, YAML. What the data means is not known here."""
