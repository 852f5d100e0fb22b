-- PostgreSQL's version of this number has what the nodes of a cluster join by. A file has one server, and no nodes.
SELECT 1;
