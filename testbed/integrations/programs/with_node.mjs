// @zilliz/milvus2-sdk-node: the Node.js SDK. It runs in a folder in which `npm install` has put the package.

import { ConsistencyLevelEnum, DataType, FunctionType, MetricType, MilvusClient, RRFRanker } from "@zilliz/milvus2-sdk-node";

const address = process.argv[2];
const client = new MilvusClient({ address });
await client.connectPromise;
const scope = {};

// Does an operation. `beyond` says what it needs that Milvus Lite's engine has not, `refusal` how that is refused.
async function operation(title, run, beyond = "", refusal = "UNIMPLEMENTED|does not support") {
  let error = "";
  try {
    await run();
  } catch (raised) {
    error = `${raised.name ?? "Error"}: ${raised.message ?? raised.reason}`.replace(/\s+/g, " ");
  }
  console.log(JSON.stringify({ title, beyond, refusal, error }));
}

function done(answer) {
  const status = answer.status ?? answer;
  if (status.code || (status.error_code ?? "Success") !== "Success") throw new Error(status.reason || JSON.stringify(answer));
  return answer;
}

function same(found, wanted) {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
  }
}

const fields = [
  { name: "id", data_type: DataType.Int64, is_primary_key: true },
  { name: "vector", data_type: DataType.FloatVector, dim: 4 },
  { name: "text", data_type: DataType.VarChar, max_length: 200, enable_analyzer: true, enable_match: true },
  { name: "about", data_type: DataType.JSON },
  { name: "tags", data_type: DataType.Array, element_type: DataType.Int32, max_capacity: 8 },
];
const rows = [...Array(50).keys()].map((key) => ({
  id: key,
  vector: [key, 1, 0, 0],
  text: key % 2 ? "odd ocelot" : "even baboon",
  about: { n: key },
  tags: [key, key + 1],
}));
const index = { field_name: "vector", index_type: "HNSW", metric_type: MetricType.L2, params: { M: 8, efConstruction: 64 } };
const keys = (found) => found.map((each) => Number(each.id));

async function made(collection_name, more = {}) {
  await client.dropCollection({ collection_name });
  done(await client.createCollection({ collection_name, fields, consistency_level: "Strong", index_params: [index], ...more }));
  done(await client.loadCollectionSync({ collection_name }));
  done(await client.insert({ collection_name, data: rows }));
  return collection_name;
}

await operation("`checkHealth`, `getVersion`", async () => {
  same((await client.checkHealth()).isHealthy, true);
  done(await client.getVersion());
});
await operation("quick start: `createCollection` with a dimension", async () => {
  const collection_name = "node_quick";
  await client.dropCollection({ collection_name });
  done(await client.createCollection({ collection_name, dimension: 4 }));
  done(await client.insert({ collection_name, data: [{ id: 1, vector: [1, 0, 0, 0], text: "a" }] }));
  const found = done(await client.search({ collection_name, data: [1, 0, 0, 0], limit: 1, consistency_level: ConsistencyLevelEnum.Strong }));
  same(keys(found.results), [1]);
});
await operation("schema with VARCHAR, JSON and ARRAY, `createIndex`, `loadCollectionSync`, `insert`", async () => {
  scope.name = await made("node_rows");
});
const collection_name = "node_rows";
await operation("`search` of one vector, with a filter", async () => {
  const found = done(await client.search({ collection_name, data: [3, 1, 0, 0], limit: 2, filter: "id > 3", output_fields: ["id", "text"] }));
  same(found.results.map((each) => [Number(each.id), each.text]), [[4, "even baboon"], [5, "odd ocelot"]]);
});
await operation("`search` of several vectors", async () => {
  const found = done(await client.search({ collection_name, data: [[3, 1, 0, 0], [9, 1, 0, 0]], limit: 1 }));
  same(found.results.map(keys), [[3], [9]]);
});
await operation("`search` by range", async () => {
  const found = done(await client.search({ collection_name, data: [3, 1, 0, 0], limit: 10, params: { radius: 1.5, range_filter: 0 } }));
  same(keys(found.results).sort(), [2, 3, 4]);
});
await operation("`search` by groups", async () => {
  const found = done(await client.search({ collection_name, data: [3, 1, 0, 0], limit: 2, group_by_field: "text", output_fields: ["text"] }));
  same(found.results.length, 2);
});
await operation("`query` with filter, templates and paging", async () => {
  const found = done(await client.query({ collection_name, filter: "id in {keys}", exprValues: { keys: [1, 2] }, output_fields: ["id"] }));
  same(keys(found.data), [1, 2]);
  const paged = done(await client.query({ collection_name, filter: "id >= 0", limit: 3, offset: 3, output_fields: ["id"] }));
  same(keys(paged.data), [3, 4, 5]);
});
await operation("`query` of JSON and ARRAY", async () => {
  const found = done(await client.query({ collection_name, filter: 'about["n"] == 7 and array_contains(tags, 8)', output_fields: ["id", "about", "tags"] }));
  same(found.data.map((each) => [Number(each.id), each.about.n, each.tags.map?.(Number) ?? each.tags.data.map(Number)]), [[7, 7, [7, 8]]]);
});
await operation("`get`, `count`", async () => {
  same(keys(done(await client.get({ collection_name, ids: [5], output_fields: ["id"] })).data), [5]);
  same(Number(done(await client.count({ collection_name, expr: "id < 10" })).data), 10);
});
await operation("`upsert`, `delete` by keys and by filter", async () => {
  done(await client.upsert({ collection_name, data: [{ ...rows[5], text: "changed" }] }));
  same(keys(done(await client.query({ collection_name, filter: 'text == "changed"', output_fields: ["id"] })).data), [5]);
  done(await client.delete({ collection_name, ids: [48] }));
  done(await client.delete({ collection_name, filter: "id == 49" }));
  same(Number(done(await client.count({ collection_name, expr: "id >= 0" })).data), 48);
});
await operation("`queryIterator`: every row once", async () => {
  const found = [];
  const iterator = await client.queryIterator({ collection_name, filter: "id >= 0", batchSize: 7, output_fields: ["id"] });
  for await (const batch of iterator) found.push(...keys(batch));
  same(found.sort((a, b) => a - b), [...Array(48).keys()]);
});
await operation("`searchIterator`", async () => {
  const found = [];
  const iterator = await client.searchIterator({ collection_name, data: [0, 1, 0, 0], batchSize: 10, limit: 30 });
  for await (const batch of iterator) found.push(...keys(batch));
  same(new Set(found).size, 30);
});
await operation("`flushSync`, `getCollectionStatistics`, `compact`", async () => {
  await client.flushSync({ collection_names: [collection_name] });
  done(await client.getCollectionStatistics({ collection_name }));
  done(await client.compact({ collection_name }));
});
await operation("`createPartition`, `listPartitions`, insert and search in one", async () => {
  const partition_name = "part";
  done(await client.createPartition({ collection_name, partition_name }));
  done(await client.insert({ collection_name, partition_name, data: [{ ...rows[0], id: 100 }] }));
  const found = done(await client.search({ collection_name, partition_names: [partition_name], data: [0, 1, 0, 0], limit: 5 }));
  same(keys(found.results), [100]);
  same(done(await client.listPartitions({ collection_name })).partition_names.length, 2);
});
await operation("`createAlias`, `search` by it, `dropAlias`", async () => {
  done(await client.createAlias({ collection_name, alias: "node_alias" }));
  same(keys(done(await client.search({ collection_name: "node_alias", data: [3, 1, 0, 0], limit: 1 })).results), [3]);
  done(await client.dropAlias({ alias: "node_alias" }));
});
await operation("`describeIndex`, `dropIndex`", async () => {
  const name = await made("node_index");
  same(done(await client.describeIndex({ collection_name: name })).index_descriptions.length, 1);
  done(await client.releaseCollection({ collection_name: name }));
  done(await client.dropIndex({ collection_name: name, field_name: "vector" }));
});
await operation("dynamic fields", async () => {
  const name = await made("node_dynamic", { enable_dynamic_field: true });
  done(await client.insert({ collection_name: name, data: [{ ...rows[0], id: 200, colour: "red" }] }));
  same(keys(done(await client.query({ collection_name: name, filter: 'colour == "red"', output_fields: ["id"] })).data), [200]);
});
await operation("generated keys (`autoID`)", async () => {
  const name = "node_auto";
  await client.dropCollection({ collection_name: name });
  const generated = [{ ...fields[0], autoID: true }, fields[1]];
  done(await client.createCollection({ collection_name: name, fields: generated, index_params: [index] }));
  same(done(await client.insert({ collection_name: name, data: [{ vector: [1, 0, 0, 0] }] })).IDs.int_id.data.length, 1);
});
await operation("full text search (BM25)", async () => {
  const name = "node_text";
  await client.dropCollection({ collection_name: name });
  done(
    await client.createCollection({
      collection_name: name,
      consistency_level: "Strong",
      fields: [fields[0], fields[2], { name: "sparse", data_type: DataType.SparseFloatVector }],
      functions: [{ name: "bm25", type: FunctionType.BM25, input_field_names: ["text"], output_field_names: ["sparse"], params: {} }],
      index_params: [{ field_name: "sparse", index_type: "SPARSE_INVERTED_INDEX", metric_type: "BM25" }],
    }),
  );
  done(await client.loadCollectionSync({ collection_name: name }));
  done(await client.insert({ collection_name: name, data: [{ id: 1, text: "a baboon" }, { id: 2, text: "the ocelot" }] }));
  same(keys(done(await client.search({ collection_name: name, data: "ocelot", anns_field: "sparse", limit: 1 })).results), [2]);
});
await operation("hybrid search of two vectors, ranked by RRF", async () => {
  const name = "node_hybrid";
  await client.dropCollection({ collection_name: name });
  const both = [fields[0], fields[1], { name: "sparse", data_type: DataType.SparseFloatVector }];
  const indexes = [index, { field_name: "sparse", index_type: "SPARSE_INVERTED_INDEX", metric_type: "IP" }];
  done(await client.createCollection({ collection_name: name, fields: both, index_params: indexes, consistency_level: "Strong" }));
  done(await client.loadCollectionSync({ collection_name: name }));
  done(await client.insert({ collection_name: name, data: [{ id: 1, vector: [1, 0, 0, 0], sparse: { 1: 1 } }, { id: 2, vector: [0, 1, 0, 0], sparse: { 2: 1 } }] }));
  const asked = [{ data: [0, 1, 0, 0], anns_field: "vector" }, { data: { 2: 1 }, anns_field: "sparse" }];
  same(keys(done(await client.hybridSearch({ collection_name: name, data: asked, rerank: RRFRanker(60), limit: 1 })).results), [2]);
});
await operation("`renameCollection`, `hasCollection`, `describeCollection`, `showCollections`", async () => {
  const name = await made("node_named");
  await client.dropCollection({ collection_name: "node_renamed" });
  done(await client.renameCollection({ collection_name: name, new_collection_name: "node_renamed" }));
  same((await client.hasCollection({ collection_name: "node_renamed" })).value, true);
  same(done(await client.describeCollection({ collection_name: "node_renamed" })).schema.fields.length, 5);
});
await operation("`createDatabase`, `useDatabase`, `dropDatabase`", async () => {
  done(await client.createDatabase({ db_name: "node_database" }));
  const inside = new MilvusClient({ address, database: "node_database" });
  await inside.connectPromise;
  same(done(await inside.showCollections()).data.length, 0);
  await inside.closeConnection();
  done(await client.dropDatabase({ db_name: "node_database" }));
});
await operation("`alterCollectionProperties`: time to live", async () => {
  done(await client.alterCollectionProperties({ collection_name, properties: { "collection.ttl.seconds": 3600 } }));
});
await operation("`truncateCollection`", async () => {
  if (!client.truncateCollection) throw new Error("the SDK has no such call");
  done(await client.truncateCollection({ collection_name }));
});
await operation("BINARY_VECTOR", async () => {
  const name = "node_binary";
  const binary = [fields[0], { name: "vector", data_type: DataType.BinaryVector, dim: 8 }];
  done(await client.createCollection({ collection_name: name, fields: binary }));
}, "BINARY_VECTOR");
await operation("FLOAT16_VECTOR", async () => {
  const name = "node_half";
  done(await client.createCollection({ collection_name: name, fields: [fields[0], { name: "vector", data_type: DataType.Float16Vector, dim: 4 }] }));
}, "FLOAT16_VECTOR");
// The SDK says nothing when a call of this kind is unknown to the server: what it should have made is looked for.
await operation("`createUser`, `listUsers`", async () => {
  await client.createUser({ username: "somebody", password: "Password-1" });
  same((await client.listUsers()).usernames?.includes("somebody"), true);
}, "users", "undefined instead of true");
await operation("`createRole`, `listRoles`", async () => {
  await client.createRole({ roleName: "reader" });
  same((await client.listRoles()).results?.some((each) => each.role.name === "reader"), true);
}, "roles", "undefined instead of true");
await client.closeConnection();
