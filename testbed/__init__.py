"""Real Kafka, Milvus and S3 behind the rehearsal: the program's own configuration, understood by what it is meant for."""
