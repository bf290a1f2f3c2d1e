"""The contract as SSM parameters, for readers without Pulumi."""
