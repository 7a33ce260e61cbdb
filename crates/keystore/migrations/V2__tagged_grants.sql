-- A grant decides who may read, so that whoever can write this table must not be able to make one.

alter table grants add column tag bytea not null default ''::bytea;
alter table grants alter column tag drop default;
alter table grants add constraint grants_tag_is_a_mac check (octet_length(tag) in (0, 32));
comment on column grants.tag is 'token: MAC over patient, account, kind, purpose, until, giver and time; an untagged grant gives nothing';

alter table patients add column care_until_at timestamptz;
alter table patients add column care_tag bytea;
alter table patients add constraint patients_care_is_tagged check ((care_until_at is null) = (care_tag is null));
comment on column patients.care_until_at is 'metadata: until when the care relationship lasts that the enroller gets when the patient becomes active';
comment on column patients.care_tag is 'token: that relationship''s MAC';
