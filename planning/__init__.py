"""Pure functions: how big, what it costs, which Helm values. Nothing here imports Pulumi or talks to a network."""
