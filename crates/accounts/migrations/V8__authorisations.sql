-- What applications may do ends with the proof it came from.

alter table authorisations
    drop constraint authorisations_known_end,
    add constraint authorisations_known_end check (ended_why in
        ('revoked', 'code-reused', 'token-reused', 'person', 'account-changed', 'session-ended'));
comment on column authorisations.ended_why is 'metadata: why: revoked, code-reused, token-reused, by the person, account-changed or session-ended';
