-- Everything here is useless without the root key, which is in no database.

create table master_keys (
    singleton boolean not null default true,
    root_check bytea not null,
    wrapped bytea not null,
    created_at timestamptz not null,
    constraint master_keys_key primary key (singleton),
    constraint master_keys_one_row check (singleton),
    constraint master_keys_root_check_is_128_bits check (octet_length(root_check) = 16)
);
comment on table master_keys is 'The master secret, from which every derived key follows. A new root key wraps this one row anew.';
comment on column master_keys.singleton is 'metadata: always true, so that there is one row';
comment on column master_keys.root_check is 'token: tells one root key from another, and nothing else about it';
comment on column master_keys.wrapped is 'sealed: the master secret, under the root key';
comment on column master_keys.created_at is 'metadata: when every key was made';

create table compartment_keys (
    compartment text not null,
    key_version integer not null,
    wrapped bytea not null,
    created_at timestamptz not null,
    constraint compartment_keys_key primary key (compartment, key_version),
    constraint compartment_keys_known_compartment
        check (compartment in ('contact', 'identity', 'clinical', 'stream', 'field', 'directory', 'ledger')),
    constraint compartment_keys_version_from_one check (key_version >= 1)
);
comment on table compartment_keys is 'The keys under which patient keys are wrapped.';
comment on column compartment_keys.compartment is 'metadata: which vault, or ''ledger'' for the keys of ledger entries';
comment on column compartment_keys.key_version is 'metadata: 1, and one more with each rotation';
comment on column compartment_keys.wrapped is 'sealed: the key, under a key that follows from the master secret';
comment on column compartment_keys.created_at is 'metadata: when it was made';

create table directory_keys (
    singleton boolean not null default true,
    key_version integer not null,
    wrapped bytea not null,
    constraint directory_keys_key primary key (singleton),
    constraint directory_keys_one_row check (singleton),
    constraint directory_keys_version_from_one check (key_version >= 1)
);
comment on table directory_keys is 'The directory''s own key. It belongs to no patient, so that no patient''s number can ever name it.';
comment on column directory_keys.singleton is 'metadata: always true, so that there is one row';
comment on column directory_keys.key_version is 'metadata: the version of the compartment key that wraps it';
comment on column directory_keys.wrapped is 'sealed: the key, under the directory''s compartment key';

create table patients (
    patient bytea not null,
    state text not null,
    saga uuid not null,
    enrolled_by uuid not null,
    enrolled_for text not null,
    enrolled_at timestamptz not null,
    key_generation integer not null,
    erased_at timestamptz,
    tag bytea not null,
    constraint patients_key primary key (patient),
    constraint patients_number_is_128_bits check (octet_length(patient) = 16),
    constraint patients_known_state check (state in ('reserved', 'active', 'erased')),
    constraint patients_erased_has_its_time check ((state = 'erased') = (erased_at is not null)),
    constraint patients_generation_from_one check (key_generation >= 1),
    constraint patients_tag_is_a_mac check (octet_length(tag) = 32)
);
comment on table patients is 'Who there is: a random number and nothing else about the person.';
comment on column patients.patient is 'id: the patient''s number, which no other database has';
comment on column patients.state is 'metadata: reserved until the enrolling saga is confirmed, then active, then erased for ever';
comment on column patients.saga is 'id: the saga that enrolled the patient';
comment on column patients.enrolled_by is 'id: the enrolling account';
comment on column patients.enrolled_for is 'metadata: the purpose of use of the enrolment';
comment on column patients.enrolled_at is 'metadata: when the number was reserved';
comment on column patients.key_generation is 'metadata: which of the patient''s keys are the newest: 1, and one more with each rotation';
comment on column patients.erased_at is 'metadata: when the keys were destroyed';
comment on column patients.tag is 'token: MAC over every other column; a row without its own is nobody''s';
create index patients_saga on patients (saga) where state = 'reserved';

create table patient_keys (
    patient bytea not null,
    compartment text not null,
    key_version integer not null,
    key_generation integer not null,
    wrapped bytea not null,
    constraint patient_keys_key primary key (patient, compartment, key_generation),
    constraint patient_keys_of_a_patient foreign key (patient) references patients (patient) on delete cascade,
    constraint patient_keys_known_compartment
        check (compartment in ('contact', 'identity', 'clinical', 'stream', 'field', 'ledger')),
    constraint patient_keys_version_from_one check (key_version >= 1),
    constraint patient_keys_generation_from_one check (key_generation >= 1)
);
comment on table patient_keys is 'One key for each patient and vault. Deleting the rows erases the patient.';
comment on column patient_keys.patient is 'id: whose key';
comment on column patient_keys.compartment is 'metadata: for which vault, or ''ledger'' for ledger entries about the patient';
comment on column patient_keys.key_version is 'metadata: the version of the compartment key that wraps it';
comment on column patient_keys.key_generation is 'metadata: which of the patient''s keys it is: 1, and one more with each rotation';
comment on column patient_keys.wrapped is 'sealed: the key, under the compartment key, for this patient, compartment, version and generation';

create table grants (
    grant_id uuid not null,
    patient bytea not null,
    actor uuid,
    kind text not null,
    purpose text not null,
    until_at timestamptz not null,
    granted_by uuid not null,
    granted_at timestamptz not null,
    state text not null,
    withdrawn_at timestamptz,
    tag bytea not null,
    constraint grants_key primary key (grant_id),
    constraint grants_about_a_patient foreign key (patient) references patients (patient) on delete cascade,
    constraint grants_known_kind check (kind in ('care', 'assignment', 'stream-need', 'research-consent')),
    constraint grants_only_consent_is_for_everyone check (actor is not null or kind = 'research-consent'),
    constraint grants_end_after_they_begin check (until_at > granted_at),
    constraint grants_known_state check (state in ('pending', 'given', 'withdrawn')),
    constraint grants_withdrawn_has_its_time check ((state = 'withdrawn') = (withdrawn_at is not null)),
    constraint grants_tag_is_a_mac check (octet_length(tag) = 32)
);
comment on table grants is 'Who stands in which relation to which patient, for which purpose, until when.';
comment on column grants.grant_id is 'id: the grant, as ledger entries name it';
comment on column grants.patient is 'id: to whose records';
comment on column grants.actor is 'id: the account; null for everyone whose role can use it';
comment on column grants.kind is 'metadata: which relation';
comment on column grants.purpose is 'metadata: for which purpose of use';
comment on column grants.until_at is 'metadata: until when';
comment on column grants.granted_by is 'id: the account that gave it';
comment on column grants.granted_at is 'metadata: from when';
comment on column grants.state is 'metadata: pending until the ledger has it and its patient is active, then given, then withdrawn';
comment on column grants.withdrawn_at is 'metadata: when it was withdrawn or replaced';
comment on column grants.tag is 'token: MAC over every other column; a row without its own gives nothing';
create index grants_of_patient on grants (patient) where state = 'given';
create index grants_of_actor on grants (actor, purpose) where state = 'given';
create index grants_pending on grants (granted_at) where state = 'pending';
