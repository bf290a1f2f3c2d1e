"""What must hold of every stack beyond its settings: rules over planned resources, and the pack that Pulumi runs."""
