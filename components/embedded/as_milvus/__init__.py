"""Makes Milvus Lite answer as Milvus does, as far as its engine can.

What Milvus refuses is refused with Milvus' words, and what Milvus takes is translated into what the engine knows. What
remains different is in testbed/behaviour, whose table is in docs/consumers.md. It imports nothing else of this project.
"""
