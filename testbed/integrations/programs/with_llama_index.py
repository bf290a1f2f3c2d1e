"""llama-index-vector-stores-milvus: the vector store of LlamaIndex."""

from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
)
from llama_index.vector_stores.milvus import IndexManagement, MilvusVectorStore
from llama_index.vector_stores.milvus.utils import (
    BaseSparseEmbeddingFunction,
    BM25BuiltInFunction,
    FilterOperatorFunction,
    ScalarMetadataFilter,
    ScalarMetadataFilters,
)
from pymilvus import DataType
from trying import URI, letters, operation, same


class SparseLetters(BaseSparseEmbeddingFunction):
    def encode_queries(self, queries):
        return [dict(enumerate(letters(text))) for text in queries]

    def encode_documents(self, documents):
        return self.encode_queries(documents)


def nodes(**metadata):
    """Two nodes, each of a document of its own."""
    return [
        TextNode(
            id_=key,
            text=text,
            embedding=letters(text),
            metadata={"n": number, **{name: values[number - 1] for name, values in metadata.items()}},
            relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=f"document-{key}")},
        )
        for number, key, text in ((1, "a", "a baboon"), (2, "b", "the ocelot"))
    ]


def made(name, given=None, **options):
    options = {"dim": 16, "overwrite": True, "consistency_level": "Strong", "similarity_metric": "COSINE", **options}
    store = MilvusVectorStore(uri=URI, collection_name=name, use_async_client=False, **options)
    store.add(given or nodes())
    return store


def question(text, **options):
    return VectorStoreQuery(query_embedding=letters(text), query_str=text, similarity_top_k=1, **options)


def only(**values):
    ((key, value),) = values.items()
    return MetadataFilters(filters=[MetadataFilter(key=key, value=value)])


@operation("`add`, `query`")
def query():
    same(made("li_query").query(question("baboon")).ids, ["a"])


@operation("`query` with metadata filters: every comparison")
def filters():
    store = made("li_filters")
    wanted = {
        FilterOperator.EQ: (2, ["b"]),
        FilterOperator.NE: (2, ["a"]),
        FilterOperator.GT: (1, ["b"]),
        FilterOperator.GTE: (2, ["b"]),
        FilterOperator.LT: (2, ["a"]),
        FilterOperator.LTE: (1, ["a"]),
        FilterOperator.IN: ([2, 3], ["b"]),
        FilterOperator.NIN: ([2, 3], ["a"]),
    }
    for operator, (value, keys) in wanted.items():
        chosen = MetadataFilters(filters=[MetadataFilter(key="n", value=value, operator=operator)])
        same((operator, store.query(question("baboon", filters=chosen)).ids), (operator, keys))


@operation("`query` with nested filters and `TEXT_MATCH`")
def nested():
    store = made("li_nested", nodes(kind=("monkey", "cat")))
    text = MetadataFilter(key="kind", value="ca", operator=FilterOperator.TEXT_MATCH)
    chosen = MetadataFilters(filters=[MetadataFilters(filters=[text]), MetadataFilter(key="n", value=2)])
    same(store.query(question("baboon", filters=chosen)).ids, ["b"])


@operation("`query` of some documents and some nodes")
def of_documents():
    store = made("li_documents")
    same(store.query(question("baboon", doc_ids=["document-b"])).ids, ["b"])
    same(store.query(question("baboon", node_ids=["b"])).ids, ["b"])


@operation("`query`: maximal marginal relevance")
def diverse():
    found = made("li_mmr").query(question("baboon", mode=VectorStoreQueryMode.MMR))
    same(found.ids, ["a"])


@operation("`get_nodes`")
def got():
    store = made("li_nodes")
    same([node.get_content() for node in store.get_nodes(node_ids=["a"])], ["a baboon"])
    same([node.node_id for node in store.get_nodes(filters=only(n=2))], ["b"])


@operation("`delete` of a document")
def delete():
    store = made("li_delete")
    store.delete("document-a")
    same([node.node_id for node in store.get_nodes(node_ids=["a", "b"])], ["b"])


@operation("`delete_nodes`, by keys and by filters")
def delete_nodes():
    store = made("li_delete_nodes")
    store.delete_nodes(node_ids=["a"])
    store.delete_nodes(filters=only(n=2))
    same(store.query(question("baboon")).ids, [])


@operation("`clear`")
def clear():
    store = made("li_clear")
    store.clear()
    same(store.client.has_collection("li_clear"), False)


@operation("`upsert_mode`")
def upsert():
    store = made("li_upsert", upsert_mode=True)
    store.add(nodes())
    same(sorted(node.node_id for node in store.get_nodes(node_ids=["a", "b"])), ["a", "b"])


@operation("index HNSW with its parameters")
def hnsw():
    index = {"index_type": "HNSW", "M": 8, "efConstruction": 64}
    same(made("li_hnsw", index_config=index, search_config={"ef": 10}).query(question("baboon")).ids, ["a"])


@operation("index IVF_FLAT with L2")
def inverted():
    options = {"similarity_metric": "L2", "index_config": {"index_type": "IVF_FLAT", "nlist": 2}}
    same(made("li_ivf", search_config={"nprobe": 2}, **options).query(question("baboon")).ids, ["a"])


@operation("SPARSE: full text search (BM25)")
def sparse():
    function = BM25BuiltInFunction()
    store = made("li_sparse", enable_dense=False, enable_sparse=True, sparse_embedding_function=function)
    same(store.query(question("ocelot", mode=VectorStoreQueryMode.SPARSE)).ids, ["b"])


@operation("SPARSE: a sparse embedding of one's own")
def sparse_function():
    store = made("li_letters", enable_sparse=True, sparse_embedding_function=SparseLetters())
    same(store.query(question("ocelot", mode=VectorStoreQueryMode.SPARSE)).ids, ["b"])


@operation("HYBRID: vectors and BM25, ranked by RRF")
def hybrid():
    store = made("li_hybrid", enable_sparse=True, sparse_embedding_function=BM25BuiltInFunction())
    same(store.query(question("ocelot", mode=VectorStoreQueryMode.HYBRID)).ids, ["b"])


@operation("HYBRID: two embeddings, weighted")
def weighted():
    ranker = {"hybrid_ranker": "WeightedRanker", "hybrid_ranker_params": {"weights": [0.7, 0.3]}}
    store = made("li_weighted", enable_sparse=True, sparse_embedding_function=SparseLetters(), **ranker)
    same(store.query(question("ocelot", mode=VectorStoreQueryMode.HYBRID)).ids, ["b"])


@operation("scalar fields of one's own")
def scalars():
    options = {"scalar_field_names": ["n", "kind"], "scalar_field_types": [DataType.INT64, DataType.VARCHAR]}
    store = made("li_scalars", nodes(kind=("monkey", "cat")), **options)
    same(store.query(question("baboon", filters=only(kind="cat"))).ids, ["b"])


@operation("ScalarMetadataFilters: `ARRAY_CONTAINS` and `ARRAY_LENGTH` of metadata")
def arrays():
    store = made("li_arrays", nodes(tags=(["red", "new"], ["blue", "new", "big"])))
    for value, operator in (
        ("blue", FilterOperatorFunction.ARRAY_CONTAINS),
        (["blue", "new"], FilterOperatorFunction.ARRAY_CONTAINS_ALL),
        (3, FilterOperatorFunction.ARRAY_LENGTH),
    ):
        chosen = ScalarMetadataFilters(filters=[ScalarMetadataFilter(key="tags", value=value, operator=operator)])
        found = store.query(question("baboon"), milvus_scalar_filters=chosen.to_dict())
        same((operator.name, found.ids), (operator.name, ["b"]))


@operation("`output_fields`, a filter as text (`string_expr`)")
def string_expression():
    store = made("li_expression", output_fields=["n"])
    same(store.query(question("baboon"), string_expr="n == 2").ids, ["b"])


@operation("time to live (`collection_properties`)")
def properties():
    store = made("li_ttl", collection_properties={"collection.ttl.seconds": 3600})
    same(store.query(question("baboon")).ids, ["a"])


@operation("an existing collection (`overwrite=False`, `CREATE_IF_NOT_EXISTS`)")
def opened():
    made("li_opened")
    store = made("li_opened", overwrite=False, upsert_mode=True, index_management=IndexManagement.CREATE_IF_NOT_EXISTS)
    same(store.query(question("ocelot")).ids, ["b"])


@operation("asynchronous: `async_add`, `aquery`, `adelete`")
async def asynchronous():
    options = {"dim": 16, "overwrite": True, "consistency_level": "Strong", "similarity_metric": "COSINE"}
    store = MilvusVectorStore(uri=URI, collection_name="li_async", **options)
    await store.async_add(nodes())
    same((await store.aquery(question("baboon"))).ids, ["a"])
    await store.adelete("document-a")
    same((await store.aquery(question("baboon"))).ids, ["b"])
