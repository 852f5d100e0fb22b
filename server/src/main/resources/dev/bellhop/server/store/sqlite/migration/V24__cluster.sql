-- PostgreSQL's version of this number has tables for several servers on one database. A file has one server, and needs none of them.
SELECT 1;
