-- The PostgreSQL migration with this number adds a table for several servers. A file has only one server.
SELECT 1;
