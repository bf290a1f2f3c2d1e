"""langchain-milvus: the vector store and the retrievers of LangChain."""

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_milvus import BM25BuiltInFunction, Milvus
from langchain_milvus.retrievers import MilvusCollectionHybridSearchRetriever
from langchain_milvus.utils.sparse import BaseSparseEmbedding
from pymilvus import Collection, MilvusClient, WeightedRanker, connections
from trying import URI, letters, operation, same


class Letters(Embeddings):
    def embed_query(self, text):
        return letters(text)

    def embed_documents(self, texts):
        return [letters(text) for text in texts]


class SparseLetters(BaseSparseEmbedding):
    def embed_query(self, query):
        return dict(enumerate(letters(query)))

    def embed_documents(self, texts):
        return [self.embed_query(text) for text in texts]


DOCUMENTS = [
    Document(page_content="a baboon", metadata={"n": 1, "kind": "monkey"}),
    Document(page_content="the ocelot", metadata={"n": 2, "kind": "cat"}),
]


def made(name, embedding=None, **options):
    """A store with both documents."""
    options = {"connection_args": {"uri": URI}, "consistency_level": "Strong", "ids": ["1", "2"], **options}
    return Milvus.from_documents(DOCUMENTS, embedding or Letters(), collection_name=name, drop_old=True, **options)


def texts(found):
    return [each.page_content for each in found]


@operation("`from_documents`, `similarity_search`")
def search():
    same(texts(made("lc_search").similarity_search("baboon", k=1)), ["a baboon"])


@operation("`similarity_search` with an expression")
def filtered():
    same(texts(made("lc_filter").similarity_search("baboon", k=2, expr="n == 2")), ["the ocelot"])


@operation("`similarity_search_with_score`")
def scores():
    ((document, score),) = made("lc_score").similarity_search_with_score("a baboon", k=1)
    same((document.page_content, round(score, 3)), ("a baboon", 0.0))


@operation("`similarity_search_with_relevance_scores`")
def relevance():
    ((document, score),) = made("lc_relevance").similarity_search_with_relevance_scores("a baboon", k=1)
    same((document.page_content, round(score, 3)), ("a baboon", 1.0))


@operation("`similarity_search_by_vector`")
def by_vector():
    same(texts(made("lc_vector").similarity_search_by_vector(letters("ocelot"), k=1)), ["the ocelot"])


@operation("`max_marginal_relevance_search`")
def diverse():
    same(texts(made("lc_mmr").max_marginal_relevance_search("baboon", k=2, fetch_k=2)), ["a baboon", "the ocelot"])


@operation("`as_retriever`")
def retriever():
    same(texts(made("lc_retriever").as_retriever(search_kwargs={"k": 1}).invoke("ocelot")), ["the ocelot"])


@operation("`add_documents`, `get_pks`, `search_by_metadata`")
def added():
    store = made("lc_added")
    store.add_documents([Document(page_content="a hog", metadata={"n": 3, "kind": "pig"})], ids=["3"])
    same((store.get_pks("n == 3"), texts(store.search_by_metadata("n == 3"))), (["3"], ["a hog"]))


@operation("`upsert`")
def upsert():
    store = made("lc_upsert")
    store.upsert(ids=["2"], documents=[Document(page_content="a hog", metadata={"n": 3, "kind": "pig"})])
    same(texts(store.search_by_metadata("n > 1")), ["a hog"])


@operation("`delete` by keys and by an expression")
def delete():
    store = made("lc_delete")
    store.delete(ids=["1"])
    store.delete(expr="n == 2")
    same(store.get_pks("n > 0"), [])


@operation("`add_embeddings`")
def embeddings():
    store = made("lc_embeddings")
    metadata = [{"n": 3, "kind": "pig"}]
    store.add_embeddings(texts=["a hog"], embeddings=[letters("a hog")], metadatas=metadata, ids=["3"])
    same(texts(store.similarity_search("hog", k=1, expr="n == 3")), ["a hog"])


@operation("generated keys, index HNSW with L2")
def generated():
    index = {"index_type": "HNSW", "metric_type": "L2", "params": {"M": 8, "efConstruction": 64}}
    store = made("lc_generated", ids=None, auto_id=True, index_params=index)
    same(texts(store.similarity_search("baboon", k=1)), ["a baboon"])


@operation("index IVF_FLAT with `search_params`")
def inverted():
    index = {"index_type": "IVF_FLAT", "metric_type": "COSINE", "params": {"nlist": 2}}
    store = made("lc_ivf", index_params=index, search_params={"metric_type": "COSINE", "params": {"nprobe": 2}})
    same(texts(store.similarity_search("baboon", k=1)), ["a baboon"])


@operation("full text search (BM25), without vectors of one's own")
def full_text():
    store = Milvus.from_documents(
        DOCUMENTS,
        embedding=None,
        builtin_function=BM25BuiltInFunction(),
        vector_field="sparse",
        collection_name="lc_text",
        connection_args={"uri": URI},
        consistency_level="Strong",
        drop_old=True,
    )
    same(texts(store.similarity_search("ocelot", k=1)), ["the ocelot"])


@operation("hybrid search: vectors and BM25, ranked by RRF")
def hybrid():
    store = made("lc_hybrid", builtin_function=BM25BuiltInFunction(), vector_field=["dense", "sparse"])
    found = store.similarity_search("ocelot", k=1, ranker_type="rrf", ranker_params={"k": 60})
    same(texts(found), ["the ocelot"])


@operation("hybrid search: two embeddings, weighted")
def weighted():
    index = [
        {"index_type": "HNSW", "metric_type": "COSINE", "params": {}},
        {"index_type": "SPARSE_INVERTED_INDEX", "metric_type": "IP", "params": {}},
    ]
    both = [Letters(), SparseLetters()]
    store = made("lc_weighted", both, index_params=index, vector_field=["dense", "sparse"])
    found = store.similarity_search("ocelot", k=1, ranker_type="weighted", ranker_params={"weights": [0.6, 0.4]})
    same(texts(found), ["the ocelot"])


@operation("MilvusCollectionHybridSearchRetriever")
def collection_retriever():
    both = [Letters(), SparseLetters()]
    made("lc_collection", both, vector_field=["dense", "sparse"])
    connections.connect(uri=URI)
    retriever = MilvusCollectionHybridSearchRetriever(
        collection=Collection("lc_collection"),
        rerank=WeightedRanker(0.5, 0.5),
        anns_fields=["dense", "sparse"],
        field_embeddings=both,
        field_search_params=[{"metric_type": "L2"}, {"metric_type": "IP"}],
        top_k=1,
        text_field="text",
    )
    same(texts(retriever.invoke("ocelot")), ["the ocelot"])


@operation("partition key")
def partition_key():
    store = made("lc_partition", partition_key_field="kind")
    same(texts(store.similarity_search("baboon", k=2, expr='kind == "cat"')), ["the ocelot"])


@operation("dynamic fields (`enable_dynamic_field`)")
def dynamic():
    store = made("lc_dynamic", enable_dynamic_field=True)
    same(texts(store.similarity_search("baboon", k=2, expr="n > 1")), ["the ocelot"])


@operation("metadata in a JSON field (`metadata_field`)")
def json_metadata():
    store = made("lc_json", metadata_field="about")
    same(texts(store.similarity_search("baboon", k=2, expr='about["kind"] == "cat"')), ["the ocelot"])


@operation("time to live (`collection_properties`)")
def properties():
    made("lc_ttl", collection_properties={"collection.ttl.seconds": 3600})


@operation("a database of its own")
def database():
    client = MilvusClient(URI)
    if "lc_database" not in client.list_databases():
        client.create_database("lc_database")
    store = made("lc_inside", connection_args={"uri": URI, "db_name": "lc_database"})
    same(texts(store.similarity_search("baboon", k=1)), ["a baboon"])
    same("lc_inside" in client.list_collections(), False)


@operation("an existing collection, opened again")
def opened():
    made("lc_opened")
    store = Milvus(Letters(), collection_name="lc_opened", connection_args={"uri": URI}, consistency_level="Strong")
    same(texts(store.similarity_search("ocelot", k=1)), ["the ocelot"])


@operation("asynchronous: `aadd_documents`, `asimilarity_search`, `adelete`")
async def asynchronous():
    store = made("lc_async")
    await store.aadd_documents([Document(page_content="a hog", metadata={"n": 3, "kind": "pig"})], ids=["3"])
    same(texts(await store.asimilarity_search("hog", k=1, expr="n == 3")), ["a hog"])
    await store.adelete(ids=["3"])
    same(store.get_pks("n == 3"), [])
