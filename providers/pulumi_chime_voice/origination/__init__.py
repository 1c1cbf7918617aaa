"""The ``Origination`` resource: where a voice connector sends inbound calls."""
