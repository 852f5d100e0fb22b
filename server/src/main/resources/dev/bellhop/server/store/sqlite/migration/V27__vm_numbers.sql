-- PostgreSQL's version of this number has a table for the VMs of a cluster's nodes.
SELECT 1;
