//! A ledger entry that is not what was appended: that it is there, and where, is all that can be said of it.

use serde_json::{Value, json};

use super::{
    audit_event::{absent, server},
    codes::{EVENT, coding},
    id::EntryId,
};

/// Its name among what only this server tells apart.
const NAME: &str = "unreadable";
const REASON: &str = "damaged";

/// Writes it as an AuditEvent. `tacenda ledger verify` says what became of it.
pub(super) fn unreadable_event(base: &str, id: EntryId) -> Value {
    json!({
        "resourceType": "AuditEvent",
        "id": id.to_string(),
        "extension": [
            {"url": "urn:tacenda:ledger-position", "valueString": id.position.to_string()},
        ],
        "type": coding("http://terminology.hl7.org/CodeSystem/audit-event-type", "object"),
        "subtype": [coding(EVENT, NAME)],
        "_recorded": absent("error"),
        "outcome": "8",
        "outcomeDesc": REASON,
        "agent": [{"who": {"display": "not known: the entry does not open"}, "requestor": true}],
        "source": {
            "observer": server(base),
            "type": [coding("http://terminology.hl7.org/CodeSystem/security-source-type", "4")],
        },
    })
}
