"""Rules that AWS itself publishes about inputs: schemas, service models, and limits in the documentation."""
