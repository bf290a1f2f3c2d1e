"""What other people's packages do to a Milvus: a program for each, which runs in that package's own environment.

They import nothing of this project but `trying`, which needs the standard library alone.
"""
