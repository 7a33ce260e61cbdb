-- A history is in the order in which versions were written: each page is read from here, and no more than a page.
-- The patient is written as an expression, so that no other statement takes these for its own: it would look at all records
-- of the patient where it now finds few by their names or tokens.
create index versions_by_time on versions ((patient || ''::bytea), recorded_at, record, version);
