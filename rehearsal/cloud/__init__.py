"""What stands in the emulated cloud, and how it is looked at: resources, permissions, scheduling of pods."""
