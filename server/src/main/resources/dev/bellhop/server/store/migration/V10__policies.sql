-- Which commands a key, or the keys of an account, may run: JSON. NULL: there is no policy, and all may be run.
ALTER TABLE keys ADD COLUMN policy TEXT;
ALTER TABLE accounts ADD COLUMN policy TEXT;
