//! The rows of one account: whether all are there that count, and no others.

use std::collections::HashSet;

use jiff::Timestamp;
use tacenda_contracts::accounts::own_account::AttemptOutcome;
use tacenda_postgres::DatabaseError;
use tokio_postgres::Row;

use super::{Finding, Looked};
use crate::{
    bindings::{Binding, Kind},
    row_seal::RowKey,
    store::{
        account_row::AccountRow,
        authorisation_row, clients, consents, links, passkeys, passwords, provider_subjects, recovery_codes,
        refresh_tokens, reset_requests, session_row,
        sign_in_attempts::{self, AttemptRow},
        totp_secrets,
    },
};

/// How the rows of a table are looked at: those of an account that are in force, and whether one counts.
struct Check {
    kinds: &'static [Kind],
    sql: &'static str,
    counts: fn(&RowKey, &Row, &AccountRow) -> Result<bool, DatabaseError>,
}

const CHECKS: [Check; 12] = [
    Check {
        kinds: &[Kind::Password],
        sql: "select sealed_hash, set_at, must_change, seal from passwords \
              where account = $1 and $2::timestamptz is not null",
        counts: |key, row, account| Ok(passwords::read(key, row, 0, account.id, &account.bindings)?.is_some()),
    },
    Check {
        kinds: &[Kind::OldPassword],
        sql: "select sealed_hash, set_at, seal from old_passwords \
              where account = $1 and $2::timestamptz is not null",
        counts: |key, row, account| Ok(passwords::read_old(key, row, 0, account)?.is_some()),
    },
    Check {
        kinds: &[Kind::Totp],
        sql: "select sealed_secret, offered_at, enrolled_at, used_step, used_at, seal from totp_secrets \
              where account = $1 and enrolled_at is not null and $2::timestamptz is not null",
        counts: |key, row, account| {
            Ok(totp_secrets::read(key, row, 0, account.id, &account.bindings)?.is_some())
        },
    },
    Check {
        kinds: &[Kind::Passkey],
        sql: "select passkey, credential, sealed_passkey, enrolled_at, used_at, seal from passkeys \
              where account = $1 and $2::timestamptz is not null",
        counts: |key, row, account| Ok(passkeys::read_own(key, row, 0, account)?.is_some()),
    },
    Check {
        kinds: &[Kind::RecoveryCode],
        sql: "select code, made_at, seal from recovery_codes \
              where account = $1 and used_at is null and $2::timestamptz is not null",
        counts: recovery_codes::counts,
    },
    Check {
        kinds: &[Kind::Subject],
        sql: "select sealed_subject, linked_at, seal, subject from provider_subjects \
              where account = $1 and $2::timestamptz is not null",
        counts: |key, row, account| {
            Ok(provider_subjects::read_own(key, row, 0, row.try_get(3)?, account)?.is_some())
        },
    },
    Check {
        kinds: &[Kind::Client],
        sql: "select client_id, sealed_secret_hash, jwks, grant_types, redirect_uris, post_logout_uris, scopes, seal, \
              created_at from clients where account = $1 and $2::timestamptz is not null",
        counts: |key, row, account| Ok(clients::read_own(key, row, 0, account)?.is_some()),
    },
    Check {
        kinds: &[Kind::Session],
        sql: "select session, account, standing, sealed_visit, started_at, proven_at, seen_at, ends_at, subject, sid, \
              token, seal from sessions where account = $1 and ends_at > $2",
        counts: |key, row, account| {
            let session = session_row::read(key, row, 0)?;
            Ok(session.is_some_and(|(_, seal)| account.bindings.has(Kind::Session, &seal)))
        },
    },
    Check {
        kinds: &[Kind::Authorisation],
        sql: "select authorisation, client_id, role, scopes, strength, proven_at, session, sealed_context, created_at, \
              used_at, ends_at, ended_at is not null, next, seal from authorisations \
              where person = $1 and ended_at is null and ends_at > $2",
        counts: |key, row, account| Ok(authorisation_row::read_own(key, row, 0, account)?.is_some()),
    },
    Check {
        kinds: &[Kind::Consent],
        sql: "select scopes, sealed_patient, given_at, seal, client_id, role from consents \
              where person = $1 and $2::timestamptz is not null",
        counts: |key, row, account| {
            let role: &str = row.try_get(5)?;
            let Ok(role) = role.parse() else { return Ok(false) };
            Ok(consents::read_own(key, row, 0, (row.try_get(4)?, role), account)?.is_some())
        },
    },
    Check {
        kinds: &[Kind::Invitation, Kind::NewPassword, Kind::LeaveAddress, Kind::JoinAddress],
        sql: "select account, purpose, change, sealed_address, made_at, expires_at, link, used_at, seal from links \
              where account = $1 and expires_at > $2",
        counts: |key, row, account| Ok(links::read(key, row, 0, &account.bindings)?.is_some()),
    },
    Check {
        kinds: &[Kind::ResetRequest],
        sql: "select request, asked_by, asked_at, ends_at, seal from reset_requests \
              where account = $1 and decision is null and ends_at > $2",
        counts: |key, row, account| Ok(reset_requests::read_own(key, row, 0, account)?.is_some()),
    },
];

/// Compares every table with what the account names.
pub(super) async fn check(looked: &Looked, account: &AccountRow) -> Result<Vec<Finding>, DatabaseError> {
    let (mut findings, now) = (Vec::new(), looked.clock.now());
    for one in &CHECKS {
        findings.extend(table(looked, account, one, now).await?);
    }
    let (named, good, table) = (account.bindings.count(Kind::Role), account.roles.len(), Kind::Role.table());
    if good < named {
        findings.push(Finding::Missing { account: account.id, table });
    }
    if good > named {
        findings.push(Finding::Strange { account: account.id, table });
    }
    findings.extend(tokens(looked, account).await?);
    findings.extend(sign_ins(looked, account, now).await?);
    Ok(findings)
}

/// Refresh tokens that are good by themselves, each with what its authorisation says is good next.
const TOKENS: &str = "select t.token, z.next, t.authorisation, t.issued_at, t.expires_at, t.used_at is not null, t.seal \
     from refresh_tokens t join authorisations z using (authorisation) \
     where z.person = $1 and z.ended_at is null and z.ends_at > $2 and (t.used_at is null or t.token = z.next)";
/// Authorisations of which the code or refresh token is missing that is good next.
const WITHOUT: &str = "select 1 from authorisations z where z.person = $1 and z.ended_at is null and z.ends_at > $2 \
     and z.next is not null and not exists (select 1 from refresh_tokens t \
     where t.token = z.next and t.authorisation = z.authorisation) \
     and not exists (select 1 from authorisation_codes c \
     where c.code = z.next and c.authorisation = z.authorisation)";

/// Whether a refresh token is there that was edited or put back, or the one is missing that is good next.
async fn tokens(looked: &Looked, account: &AccountRow) -> Result<Vec<Finding>, DatabaseError> {
    let (lanes, now) = (looked.database.lanes(), looked.clock.now());
    let rows = lanes.query(TOKENS, &[&account.id.0, &now]).await?;
    let (mut findings, account, table) = (Vec::new(), account.id, "refresh_tokens");
    let mut seen = HashSet::new();
    for row in &rows {
        let (token, next): (&[u8], Option<&[u8]>) = (row.try_get(0)?, row.try_get(1)?);
        let good = refresh_tokens::is_good(&looked.database.key, row)?;
        if next != Some(token) || !good || !seen.insert(token) {
            findings.push(Finding::Strange { account, table });
        }
    }
    if !lanes.query(WITHOUT, &[&account.0, &now]).await?.is_empty() {
        findings.push(Finding::Missing { account, table });
    }
    Ok(findings)
}

/// Whether each success is there that somebody may still see.
async fn sign_ins(
    looked: &Looked,
    account: &AccountRow,
    now: Timestamp,
) -> Result<Option<Finding>, DatabaseError> {
    let named = |one: &&Binding| one.kind == Kind::SignIn && one.lasts(now);
    let named = account.bindings.iter().filter(named).count();
    let there = sign_in_attempts::of_account(&looked.database, account).await?;
    let succeeded = |one: &&AttemptRow| one.outcome == AttemptOutcome::SignedIn;
    let is_whole = there.iter().filter(succeeded).count() >= named;
    let table = Kind::SignIn.table();
    Ok((!is_whole).then_some(Finding::Missing { account: account.id, table }))
}

async fn table(
    looked: &Looked,
    account: &AccountRow,
    check: &Check,
    now: Timestamp,
) -> Result<Vec<Finding>, DatabaseError> {
    let rows = looked.database.lanes().query(check.sql, &[&account.id.0, &now]).await?;
    let key = &looked.database.key;
    let good = rows.iter().map(|row| (check.counts)(key, row, account)).collect::<Result<Vec<_>, _>>()?;
    let good = good.into_iter().filter(|good| *good).count();
    let named =
        account.bindings.iter().filter(|one| check.kinds.contains(&one.kind) && one.lasts(now)).count();
    let table = check.kinds.first().map_or("", |kind| kind.table());
    let (account, mut findings) = (account.id, Vec::new());
    if good < named {
        findings.push(Finding::Missing { account, table });
    }
    // One that is there twice counts twice.
    if rows.len() > good || good > named {
        findings.push(Finding::Strange { account, table });
    }
    Ok(findings)
}
