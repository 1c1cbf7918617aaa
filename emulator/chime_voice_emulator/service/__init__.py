"""The operations: what the service does with a request that it has accepted."""
