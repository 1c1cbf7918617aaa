"""The service: what each operation does with a validated request."""
