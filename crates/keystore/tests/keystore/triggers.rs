//! A trigger on a table of the keystore that drops or rewrites what is written: what those are answered who write, and
//! what is findings so far. Several of these at once are what `golden/triggers.txt` has.

use std::fmt::Write as _;

use tacenda_contracts::keystore::{Grant, GrantKind, Keystore as _, Subject};
use tacenda_kernel::{Action, Compartment, Purpose, Role};
use uuid::Uuid;

use crate::bed::{Bed, clinical};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keystore/golden/triggers.txt");

/// Table, event, and what the trigger does.
const TRIGGERS: [(&str, &str, &str, &str); 15] = [
    ("patients", "insert", "drops it", "return null"),
    ("patients", "update", "drops it", "return null"),
    ("patients", "delete", "drops it", "return null"),
    ("patients", "insert", "rewrites it", "new.saga := gen_random_uuid(); return new"),
    ("patients", "update", "rewrites it", "return old"),
    (
        "patients",
        "update",
        "rewrites its state",
        "new.state := old.state; new.erased_at := old.erased_at; return new",
    ),
    ("patient_keys", "insert", "drops it", "return null"),
    (
        "patient_keys",
        "insert",
        "drops one",
        "if new.compartment = 'field' then return null; end if; return new",
    ),
    ("patient_keys", "insert", "rewrites it", "new.wrapped := sha256(new.wrapped); return new"),
    ("patient_keys", "delete", "drops it", "return null"),
    (
        "patient_keys",
        "delete",
        "drops one",
        "if old.compartment = 'field' then return null; end if; return old",
    ),
    ("grants", "insert", "drops it", "return null"),
    ("grants", "insert", "rewrites it", "new.until_at := new.until_at + interval '1 year'; return new"),
    ("grants", "update", "drops it", "return null"),
    ("grants", "update", "rewrites it", "return old"),
];

#[tokio::test]
async fn no_trigger_makes_a_write_look_done_that_was_not() {
    let bed = Bed::new().await;
    let owner = bed.endpoints.owner.connect().await.unwrap();
    let mut result = String::new();
    for (number, (table, event, what, body)) in TRIGGERS.into_iter().enumerate() {
        let saga = Uuid::from_u128(1_000 + number as u128);
        let (related, ended, erased) = (
            bed.numbered(saga.as_u128() + 100).await,
            bed.numbered(saga.as_u128() + 200).await,
            bed.numbered(saga.as_u128() + 300).await,
        );
        bed.relate(ended, GrantKind::Assignment, Role::Technician).await;
        let erase = bed.erasing(erased).await;
        let trigger = format!(
            "create or replace function act() returns trigger language plpgsql as $$begin {body}; end$$; \
             create trigger act before {event} on {table} for each row execute function act()"
        );
        owner.batch_execute(&trigger).await.unwrap();
        let registered = match bed.enrol(saga).await {
            Ok(_) => bed.keystore.confirm(saga).await.map_err(|error| format!("{error:?}")),
            Err(error) => Err(format!("{error:?}")),
        };
        let assignment = |until| {
            let actor = Some(bed.account(Role::Technician, crate::bed::ME).id);
            Grant { kind: GrantKind::Assignment, actor, purpose: Purpose::Operations, until }
        };
        let hour = bed.now() + jiff::SignedDuration::from_hours(1);
        let gave = bed.keystore.grant(&*bed.governing(related).await, assignment(hour)).await;
        let took = bed.keystore.grant(&*bed.governing(ended).await, assignment(bed.now())).await;
        let gone = bed.keystore.erase(&erase).await.map(drop);
        let abandoned = bed.keystore.abandon(saga).await;
        let shown = bed.shown(erased, ended).await;
        owner.batch_execute(&format!("drop trigger act on {table}")).await.unwrap();
        let said = |done: Result<(), String>| done.err().unwrap_or_else(|| "done".to_owned());
        let debug = |done: Result<(), tacenda_contracts::keystore::ReleaseError>| {
            said(done.map_err(|error| format!("{error:?}")))
        };
        let _ = write!(
            result,
            "{table} {event}, {what}: register {}, give {}, end {}, erase {}, give up {}; then {shown}; ",
            said(registered),
            debug(gave),
            debug(took),
            debug(gone),
            said(abandoned.map_err(|error| format!("{error:?}"))),
        );
        bed.keystore.abandon(saga).await.unwrap();
        bed.clock.advance(jiff::SignedDuration::from_mins(2));
        bed.keystore.check().await.unwrap();
        let _ = writeln!(result, "findings so far: {}", bed.findings().await.len());
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(GOLDEN, &result).unwrap();
    }
    assert_eq!(result, std::fs::read_to_string(GOLDEN).unwrap_or_default());
}

impl Bed {
    /// Whether the erased patient, or the one whose relation ended, is still shown.
    async fn shown(&self, erased: [u8; 16], ended: [u8; 16]) -> String {
        let ask = self.ask(Role::Clinician, Action::Read, Subject::Public(erased), clinical());
        let erased = self.keystore.permit(&ask).await.map(drop);
        let number = self.number_for(Role::Technician, ended);
        let ask =
            self.ask(Role::Technician, Action::Read, Subject::Public(number), Compartment::Field.into());
        let ended = self.keystore.permit(&ask).await.map(drop);
        let said = |answer: Result<(), tacenda_contracts::keystore::PermitError>| {
            answer.map_or_else(|error| format!("{error:?}"), |()| "a permit".to_owned())
        };
        format!("the erased one: {}, the ended relation: {}", said(erased), said(ended))
    }
}
