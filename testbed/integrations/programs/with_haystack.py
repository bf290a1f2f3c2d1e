"""milvus-haystack: the document store and the retrievers of Haystack."""

from haystack import Document
from haystack.dataclasses import SparseEmbedding
from haystack.document_stores.types import DuplicatePolicy
from milvus_haystack import MilvusDocumentStore, MilvusEmbeddingRetriever, MilvusHybridRetriever
from milvus_haystack.function import BM25BuiltInFunction
from milvus_haystack.milvus_embedding_retriever import MilvusSparseEmbeddingRetriever
from trying import URI, operation, same


def made(name, documents=None, **options):
    """A store with both documents."""
    options = {"connection_args": {"uri": URI}, "consistency_level": "Strong", "drop_old": True, **options}
    store = MilvusDocumentStore(collection_name=name, **options)
    store.write_documents(documents or DOCUMENTS)
    return store


DOCUMENTS = [
    Document(id="a", content="a baboon", embedding=[1.0, 0.0], meta={"n": 1, "kind": "monkey"}),
    Document(id="b", content="the ocelot", embedding=[0.0, 1.0], meta={"n": 2, "kind": "cat"}),
]
SPARSE = [
    Document(id="a", content="a baboon", embedding=[1.0, 0.0], sparse_embedding=SparseEmbedding([1], [1.0])),
    Document(id="b", content="the ocelot", embedding=[0.0, 1.0], sparse_embedding=SparseEmbedding([2], [1.0])),
]


def keys(found):
    return [each.id for each in found]


@operation("`write_documents`, `count_documents`")
def written():
    same(made("hs_written").count_documents(), 2)


@operation("`write_documents` of what is there (`DuplicatePolicy.NONE`)")
def duplicates():
    store = made("hs_duplicates")
    store.write_documents(
        [Document(id="c", content="a hog", embedding=[1.0, 1.0], meta={"n": 3})], DuplicatePolicy.NONE
    )
    same(sorted(keys(store.filter_documents())), ["a", "b", "c"])


@operation("`filter_documents`: every comparison")
def comparisons():
    store = made("hs_filters")
    wanted = {"==": ["b"], "!=": ["a"], ">": [], ">=": ["b"], "<": ["a"], "<=": ["a", "b"]}
    for operator, documents in wanted.items():
        found = store.filter_documents({"field": "meta.n", "operator": operator, "value": 2})
        same((operator, sorted(keys(found))), (operator, documents))
    for operator, documents in {"in": ["b"], "not in": ["a"]}.items():
        found = store.filter_documents({"field": "meta.n", "operator": operator, "value": [2, 3]})
        same((operator, keys(found)), (operator, documents))


@operation("`filter_documents`: AND, OR, NOT")
def logic():
    store = made("hs_logic")
    first = {"field": "meta.n", "operator": "==", "value": 1}
    second = {"field": "meta.kind", "operator": "==", "value": "cat"}
    for operator, documents in {"AND": [], "OR": ["a", "b"]}.items():
        found = store.filter_documents({"operator": operator, "conditions": [first, second]})
        same((operator, sorted(keys(found))), (operator, documents))


@operation("MilvusEmbeddingRetriever")
def retriever():
    found = MilvusEmbeddingRetriever(document_store=made("hs_retriever"), top_k=1).run(query_embedding=[1.0, 0.1])
    same(keys(found["documents"]), ["a"])


@operation("MilvusEmbeddingRetriever with filters")
def filtered():
    filters = {"field": "meta.n", "operator": ">", "value": 1}
    retriever = MilvusEmbeddingRetriever(document_store=made("hs_filtered"), filters=filters, top_k=2)
    same(keys(retriever.run(query_embedding=[1.0, 0.1])["documents"]), ["b"])


@operation("index HNSW with COSINE")
def hnsw():
    index = {"index_type": "HNSW", "metric_type": "COSINE", "params": {"M": 8, "efConstruction": 64}}
    store = made("hs_hnsw", index_params=index, search_params={"metric_type": "COSINE", "params": {"ef": 10}})
    same(keys(MilvusEmbeddingRetriever(store, top_k=1).run(query_embedding=[1.0, 0.1])["documents"]), ["a"])


@operation("MilvusSparseEmbeddingRetriever")
def sparse():
    store = made("hs_sparse", SPARSE, sparse_vector_field="sparse")
    found = MilvusSparseEmbeddingRetriever(document_store=store, top_k=1).run(
        query_sparse_embedding=SparseEmbedding([2], [1.0])
    )
    same(keys(found["documents"]), ["b"])


@operation("MilvusHybridRetriever: vectors and sparse vectors")
def hybrid():
    store = made("hs_hybrid", SPARSE, sparse_vector_field="sparse")
    found = MilvusHybridRetriever(document_store=store, top_k=1).run(
        query_embedding=[0.1, 1.0], query_sparse_embedding=SparseEmbedding([2], [1.0])
    )
    same(keys(found["documents"]), ["b"])


@operation("full text search (`BM25BuiltInFunction`)")
def full_text():
    function = BM25BuiltInFunction(input_field_names="text", output_field_names="sparse")
    store = made("hs_text", sparse_vector_field="sparse", builtin_function=[function])
    found = MilvusSparseEmbeddingRetriever(document_store=store, top_k=1).run(query_text="ocelot")
    same(keys(found["documents"]), ["b"])


@operation("MilvusHybridRetriever: vectors and BM25")
def hybrid_text():
    function = BM25BuiltInFunction(input_field_names="text", output_field_names="sparse")
    store = made("hs_hybrid_text", sparse_vector_field="sparse", builtin_function=[function])
    found = MilvusHybridRetriever(document_store=store, top_k=1).run(query_embedding=[0.1, 1.0], query_text="ocelot")
    same(keys(found["documents"]), ["b"])


@operation("partition key")
def partition_key():
    store = made("hs_partition", partition_key_field="kind", enable_dynamic_field=False)
    same(keys(store.filter_documents({"field": "meta.kind", "operator": "==", "value": "cat"})), ["b"])


@operation("`delete_documents`")
def delete():
    store = made("hs_delete")
    store.delete_documents(["a"])
    same(keys(store.filter_documents()), ["b"])


@operation("an existing collection, by `to_dict` and `from_dict`")
def opened():
    kept = made("hs_opened").to_dict()
    kept["init_parameters"]["drop_old"] = False
    same(MilvusDocumentStore.from_dict(kept).count_documents(), 2)
