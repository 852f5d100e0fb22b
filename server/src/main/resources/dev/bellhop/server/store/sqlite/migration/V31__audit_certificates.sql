-- By which certificate somebody has come in, where that was by one.
ALTER TABLE audit ADD COLUMN certificate TEXT;
