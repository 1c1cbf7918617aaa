"""HTTP: connections, signatures, requests and replies, the request log and the control endpoint."""
