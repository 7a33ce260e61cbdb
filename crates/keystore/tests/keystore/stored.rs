//! What is stored today must be read tomorrow: the rows of one patient against a file that was written once.
//!
//! Time and randomness are the same each time, so the wrapped keys and the tags are, too. A change of
//! `golden/stored.txt` makes keystores that exist unreadable. `UPDATE_GOLDEN=1` writes it anew.

use std::fmt::Write as _;

use tacenda_contracts::keystore::{GrantKind, Keystore as _};
use tacenda_kernel::Role;

use crate::bed::Bed;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keystore/golden/stored.txt");

/// Each table's columns that are sealed or tagged, and what they are bound to.
const ROWS: [(&str, &str); 6] = [
    (
        "master key",
        "select concat_ws(' ', encode(root_check, 'hex'), encode(wrapped, 'hex')) from master_keys",
    ),
    (
        "compartment key",
        "select concat_ws(' ', compartment, key_version, encode(wrapped, 'hex')) from compartment_keys \
         order by compartment collate \"C\"",
    ),
    ("directory key", "select concat_ws(' ', key_version, encode(wrapped, 'hex')) from directory_keys"),
    (
        "patient",
        "select concat_ws(' ', encode(patient, 'hex'), state, saga, enrolled_by, enrolled_for, \
           extract(epoch from enrolled_at)::bigint, key_generation, extract(epoch from erased_at)::bigint, \
           encode(tag, 'hex')) from patients order by saga",
    ),
    (
        "patient key",
        "select concat_ws(' ', compartment, key_version, key_generation, encode(wrapped, 'hex')) from patient_keys \
         order by compartment collate \"C\"",
    ),
    (
        "grant",
        "select concat_ws(' ', grant_id, coalesce(actor::text, 'everyone'), kind, purpose, \
           extract(epoch from until_at)::bigint, granted_by, extract(epoch from granted_at)::bigint, state, \
           extract(epoch from withdrawn_at)::bigint, encode(tag, 'hex')) from grants order by tag",
    ),
];

#[tokio::test]
async fn what_is_stored_is_as_it_was() {
    let bed = Bed::new().await;
    let (kept, erased) = (bed.patient().await, bed.another_patient().await);
    bed.relate(kept, GrantKind::Assignment, Role::Technician).await;
    bed.end(kept, GrantKind::Assignment, Role::Technician).await;
    bed.relate(kept, GrantKind::ResearchConsent, Role::Researcher).await;
    bed.keystore.erase(&*bed.erasing(erased).await).await.unwrap();
    let mut stored = String::new();
    for (name, sql) in ROWS {
        for row in bed.database.lanes().query(sql, &[]).await.unwrap() {
            let _ = writeln!(stored, "{name}: {}", row.get::<_, &str>(0));
        }
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(GOLDEN, &stored).unwrap();
    }
    assert_eq!(stored, std::fs::read_to_string(GOLDEN).unwrap_or_default());
}
