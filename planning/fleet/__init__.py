"""Chooses the nodes that carry the pods: instance types, node groups, and which pods fit where."""
