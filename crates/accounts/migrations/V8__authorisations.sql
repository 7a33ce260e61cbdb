-- What applications may do ends with the proof it came from.

alter table authorisations
    drop constraint authorisations_known_end,
    add constraint authorisations_known_end check (ended_why in
        ('revoked', 'code-reused', 'token-reused', 'person', 'account-changed', 'session-ended'));
comment on column authorisations.ended_why is 'metadata: why: revoked, code-reused, token-reused, by the person, account-changed or session-ended';

create table taken_roles (
    account uuid not null,
    role text not null,
    taken_at timestamptz not null,
    constraint taken_roles_key primary key (account, role),
    constraint taken_roles_of_an_account foreign key (account) references accounts (account)
);
comment on table taken_roles is 'Which roles an account had that were taken: who decided over others lately is not treated as if they never did.';
comment on column taken_roles.account is 'id: the account';
comment on column taken_roles.role is 'metadata: which role';
comment on column taken_roles.taken_at is 'metadata: when it was last taken';
