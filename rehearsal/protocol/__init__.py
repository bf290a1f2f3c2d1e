"""How a Pulumi provider speaks with the engine: values, schemas, differences, components."""
