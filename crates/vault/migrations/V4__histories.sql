-- A history is in the order in which versions were written: each page is read from here, and no more than a page.
create index records_of_patient on records (patient, recorded_at, record, version);
create index versions_of_patient on versions (patient, recorded_at, record, version);
