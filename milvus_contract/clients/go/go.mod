module milvus-contract

go 1.22
