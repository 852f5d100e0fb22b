-- The method and path of a request, or 'ssh'. Before, these were in the action.
ALTER TABLE audit ADD COLUMN door TEXT;
