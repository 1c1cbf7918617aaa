"""HTTP: connections, signatures, requests and responses, the request log and the control API."""
