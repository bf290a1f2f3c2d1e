"""The contract beyond stack outputs: SSM parameters for readers without Pulumi."""
