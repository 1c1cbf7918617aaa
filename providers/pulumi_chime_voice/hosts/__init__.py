"""The hosts that receive calls, as this machine finds them: DNS, TCP, TLS and SIP. It knows neither AWS nor Pulumi."""
