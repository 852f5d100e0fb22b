-- The method and path of a request, or 'ssh'. Before, these were in the action.
ALTER TABLE audit ADD COLUMN door text COLLATE "C";
ALTER TABLE audit_pending ADD COLUMN door text COLLATE "C";
