"""Emergency calling: the numbers to which a voice connector routes emergency calls, as a Pulumi resource."""
