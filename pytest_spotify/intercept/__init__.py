"""What stands between clients and the network: `interception` of their requests, and a `network` block."""
