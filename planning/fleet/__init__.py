"""Which nodes carry the pods: instance types, groups of nodes, and what fits where."""
