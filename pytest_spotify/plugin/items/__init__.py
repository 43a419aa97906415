"""pytest items of our own: contract cases and body files."""
