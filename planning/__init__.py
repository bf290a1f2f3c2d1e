"""Pure functions that compute a deployment's sizes, cost, duration and Helm values.

Nothing here imports Pulumi or talks to a network.
"""
