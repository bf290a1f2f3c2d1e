"""Real Kafka, Milvus and S3 behind the rehearsal: is what we configure understood by what it is meant for?"""
