-- What all commands have that the key starts, and those alone that it sees: JSON. NULL: none.
ALTER TABLE keys ADD COLUMN labels TEXT;
