"""VectorDBBench: its Milvus client, with each kind of index, as a run of the benchmark calls it."""

import logging
import random

from trying import URI, operation, same
from vectordb_bench.backend.clients.api import MetricType
from vectordb_bench.backend.clients.milvus import config
from vectordb_bench.backend.clients.milvus.milvus import Milvus
from vectordb_bench.backend.filter import IntFilter, LabelFilter, non_filter

logging.disable(logging.CRITICAL)
ROWS, DIMENSION = 400, 32
NUMBERS = random.Random(1)  # noqa: S311 - vectors
VECTORS = [[NUMBERS.random() for _ in range(DIMENSION)] for _ in range(ROWS)]
HNSW = {"M": 16, "efConstruction": 100, "ef": 200}


def bench(index, name, **options):
    """A benchmark's life with an index, until it may search: drop, load, optimise. Returns the client."""
    given = {"uri": URI, "user": None, "password": None, "num_shards": 1, "replica_number": 1}
    index.metric_type = MetricType.COSINE
    client = Milvus(DIMENSION, given, index, collection_name=name, drop_old=True, **options)
    labels = (
        {"labels_data": ["label_50p" if key % 2 else "label_1p" for key in range(ROWS)]}
        if "with_scalar_labels" in options
        else {}
    )
    with client.init():
        same(client.insert_embeddings(VECTORS, list(range(ROWS)), **labels), (ROWS, None))
        client.optimize(ROWS)
    return client


def searched(index, name):
    """Inserts, optimises, and finds ten vectors by themselves."""
    client = bench(index, name)
    with client.init():
        client.prepare_filter(non_filter)
        same([client.search_embedding(VECTORS[key], k=5)[0] for key in range(10)], list(range(10)))


KINDS = {
    "AUTOINDEX": config.AutoIndexConfig(),
    "FLAT": config.FLATConfig(),
    "HNSW": config.HNSWConfig(**HNSW),
    "HNSW_SQ": config.HNSWSQConfig(**HNSW, sq_type="SQ8", refine=True, refine_type="FP32", refine_k=2),
    "HNSW_PQ": config.HNSWPQConfig(**HNSW, m=32, nbits=8, refine=True, refine_type="FP32", refine_k=2),
    "HNSW_PRQ": config.HNSWPRQConfig(**HNSW, m=32, nbits=8, nrq=2, refine=True, refine_type="FP32", refine_k=2),
    "IVF_FLAT": config.IVFFlatConfig(nlist=8, nprobe=8),
    "IVF_SQ8": config.IVFSQ8Config(nlist=8, nprobe=8),
    "IVF_PQ": config.IVFPQConfig(nlist=8, nprobe=8, m=32, nbits=8),
    "IVF_RABITQ": config.IVFRABITQConfig(nlist=8, nprobe=8, refine=True, refine_type="FP32", refine_k=2),
    "DISKANN": config.DISKANNConfig(search_list=100),
    "SCANN": config.SCANNConfig(nlist=8, nprobe=8, with_raw_data=True, reorder_k=100),
}
for kind, chosen in KINDS.items():

    @operation(f"load, optimise and search with {kind}")
    def index(kind=kind, chosen=chosen):
        searched(chosen, f"bench_{kind.lower()}")


@operation("search with a filter of numbers (`IntFilter`)")
def numbers():
    client = bench(config.HNSWConfig(**HNSW), "bench_numbers")
    with client.init():
        client.prepare_filter(IntFilter(filter_rate=0.5, int_value=ROWS // 2, int_field="id"))
        same(min(client.search_embedding(VECTORS[0], k=50)) >= ROWS // 2, True)


@operation("search with a filter of labels (`LabelFilter`)")
def labels():
    client = bench(config.HNSWConfig(**HNSW), "bench_labels", with_scalar_labels=True)
    with client.init():
        client.prepare_filter(LabelFilter(label_percentage=0.5))
        same({key % 2 for key in client.search_embedding(VECTORS[0], k=50)}, {1})


@operation("labels as partition key")
def partitioned():
    index = config.HNSWConfig(**HNSW, use_partition_key=True)
    client = bench(index, "bench_partition", with_scalar_labels=True)
    with client.init():
        client.prepare_filter(LabelFilter(label_percentage=0.5))
        same({key % 2 for key in client.search_embedding(VECTORS[0], k=50)}, {1})


@operation("full text search (BM25)")
def full_text():
    index = config.MilvusFtsConfig()
    given = {"uri": URI, "user": None, "password": None}
    client = Milvus(0, given, index, collection_name="bench_text", drop_old=True)
    with client.init():
        same(client.insert_documents(["a baboon", "the ocelot"], ["a", "b"], filter_ids=[1, 2]), (2, None))
        client.optimize(2)
        client.prepare_filter(non_filter)
        same(client.search_documents("ocelot", k=1), ["b"])
