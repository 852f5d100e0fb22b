-- The PostgreSQL migration with this number is about nodes of a cluster. A file has only one server.
SELECT 1;
