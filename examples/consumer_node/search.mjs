// Reads a stack's contract (`make -s outputs`) from standard input, and writes and searches in a collection of its own.

import { DataType, MetricType, MilvusClient } from "@zilliz/milvus2-sdk-node";
import { readFileSync } from "node:fs";

/** @type {import("./contract").Contract} */
const contract = JSON.parse(readFileSync(0, "utf8"));
if (!contract.milvus_uri) throw new Error("the contract has no milvus_uri: `make up` has not come to its end");

// On AWS the token is `user:password` from the secret milvus_auth_secret_arn, read when the program starts.
const client = new MilvusClient({ address: contract.milvus_uri, token: process.env.MILVUS_TOKEN });
const collection_name = `node_${process.pid}`;

const done = (status) => {
  if ((status.status ?? status).error_code !== "Success") throw new Error((status.status ?? status).reason);
  return status;
};

try {
  await client.connectPromise;
  done(
    await client.createCollection({
      collection_name,
      consistency_level: "Strong",
      fields: [
        { name: "id", data_type: DataType.Int64, is_primary_key: true },
        { name: "vector", data_type: DataType.FloatVector, dim: 4 },
        { name: "text", data_type: DataType.VarChar, max_length: 200 },
      ],
    }),
  );
  done(await client.createIndex({ collection_name, field_name: "vector", index_type: "HNSW", metric_type: MetricType.COSINE, params: { M: 8, efConstruction: 64 } }));
  done(await client.loadCollectionSync({ collection_name }));
  done(
    await client.upsert({
      collection_name,
      data: [
        { id: 1, vector: [1, 0, 0, 0], text: "nightly copies" },
        { id: 2, vector: [0, 1, 0, 0], text: "four minutes" },
      ],
    }),
  );
  const found = done(await client.search({ collection_name, data: [0.9, 0.1, 0, 0], limit: 1, output_fields: ["text"] }));
  console.log(found.results[0].text);
} finally {
  await client.dropCollection({ collection_name });
  await client.closeConnection();
}
