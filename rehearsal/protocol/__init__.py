"""The protocol between a Pulumi provider and the engine: values, schemas, differences, components."""
