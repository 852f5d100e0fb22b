-- PostgreSQL's version of this number has tables for the nodes of a cluster. A file has one server, which runs all commands itself.
SELECT 1;
