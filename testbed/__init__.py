"""Puts real Kafka, Milvus and S3 behind the rehearsal, to test that they understand what the program configures."""
