"""A real Kubernetes control plane: it judges objects in a rehearsal, and schedules the pods of planned fleets."""
