"""AWS: the ``aws:*`` configuration, credentials, sessions, and the client of Chime SDK Voice. Knows nothing of Pulumi."""
