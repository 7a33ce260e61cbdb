//! What an answer shows, what the entries of its request say, and how the two differ.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::StatusCode;
use serde_json::Value;
use tacenda_contracts::entry::{Entry, Event, Outcome};
use tacenda_crypto::MasterKey;
use tacenda_kernel::{Action, ApiRealm, Compartment, Pseudonym, PublicId, RecordId, Role, realms};

use super::{Answer, Asked, Shows};

/// A record with its version: by its name in the vault, or as a patient.
type Shown = BTreeSet<(String, String)>;

/// What every resource has, whatever is disclosed of it.
const NOT_DISCLOSED: [&str; 3] = ["resourceType", "id", "meta"];

/// All that an answer holds of records, and the names of its elements.
struct Body<'a> {
    keys: &'a MasterKey,
    realm: ApiRealm,
    /// The bundle that was sent, whose entries are answered in their order.
    sent: &'a Value,
    shown: Shown,
    elements: BTreeSet<String>,
    events: usize,
    /// The patients of the halves in the vaults.
    halves: BTreeMap<String, String>,
}

impl Body<'_> {
    fn take(&mut self, value: &Value) {
        match value["resourceType"].as_str() {
            Some("Bundle") => self.take_bundle(value),
            None | Some("OperationOutcome" | "CapabilityStatement" | "Parameters") => {}
            Some("AuditEvent") => self.events += 1,
            Some(kind) => {
                let id = value["id"].as_str().unwrap();
                if let Some((of, version)) = derived(kind, id) {
                    let kind = if version.starts_with('p') { "Patient" } else { "" };
                    return self.note(kind, of, &version[1..]);
                }
                self.note(kind, id, value["meta"]["versionId"].as_str().unwrap());
                self.elements.extend(elements(value));
            }
        }
    }

    fn take_bundle(&mut self, bundle: &Value) {
        for (place, entry) in bundle["entry"].as_array().into_iter().flatten().enumerate() {
            let status = entry["response"]["status"].as_str().unwrap_or_default();
            match entry.get("resource") {
                Some(resource) => self.take(resource),
                // A version of a history that says "deleted".
                None if bundle["type"] == "history" => self.unseen(&entry["request"]["url"], entry),
                None if status.starts_with("304") => {
                    let url = self.sent["entry"][place]["request"]["url"].clone();
                    self.unseen(&url, entry);
                }
                None => {}
            }
        }
    }

    fn unseen(&mut self, url: &Value, entry: &Value) {
        let (kind, id) = url.as_str().unwrap().split_once('/').unwrap();
        self.note(kind, id, plain(entry["response"]["etag"].as_str().unwrap()));
    }

    fn note(&mut self, kind: &str, id: &str, version: &str) {
        let name = self.named(kind, id).unwrap();
        self.shown.insert((name, version.to_owned()));
    }

    fn named(&mut self, kind: &str, id: &str) -> Option<String> {
        let number = match id.parse().ok()? {
            PublicId::One(number) if kind == "Patient" => return Some(self.patient(number)),
            PublicId::OfPatient { record, .. } | PublicId::One(record) => record,
        };
        self.keys.record_codec(self.realm).decode(number).map(name)
    }

    fn patient(&mut self, number: [u8; 16]) -> String {
        let root = match self.realm {
            ApiRealm::Care => self.keys.realm_key::<realms::Care>().root(Pseudonym::from_bytes(number)),
            ApiRealm::House => self.keys.realm_key::<realms::House>().root(Pseudonym::from_bytes(number)),
            ApiRealm::Data => self.keys.realm_key::<realms::Data>().root(Pseudonym::from_bytes(number)),
        };
        let halves = [
            (Compartment::Contact, self.keys.realm_key::<realms::Contact>().pseudonym(root).to_bytes()),
            (Compartment::Identity, self.keys.realm_key::<realms::Identity>().pseudonym(root).to_bytes()),
        ];
        let patient = format!("Patient {}", PublicId::One(number));
        for (compartment, mut half) in halves {
            half[0] = compartment as u8;
            self.halves.insert(name(RecordId::from_bytes(half).unwrap()), patient.clone());
        }
        patient
    }
}

/// The record of whose version a Provenance is made of the ledger, and that version.
fn derived<'a>(kind: &str, id: &'a str) -> Option<(&'a str, &'a str)> {
    let (of, version) = id.rsplit_once('-').filter(|_| kind == "Provenance")?;
    let number = version.strip_prefix('v').or_else(|| version.strip_prefix('p'))?;
    number.parse::<u32>().ok().map(|_| (of, version))
}

/// The names of the elements of a resource, or of those in a bundle.
fn elements(value: &Value) -> BTreeSet<String> {
    if value["resourceType"] == "Bundle" {
        let entries = value["entry"].as_array().into_iter().flatten();
        return entries.flat_map(|entry| elements(&entry["resource"])).collect();
    }
    let names = value.as_object().into_iter().flat_map(|object| object.keys());
    let names = names.map(|name| name.trim_start_matches('_').to_owned());
    names.filter(|name| !NOT_DISCLOSED.contains(&name.as_str())).collect()
}

fn plain(etag: &str) -> &str {
    etag.trim_start_matches("W/\"").trim_end_matches('"')
}

fn name(record: RecordId) -> String {
    record.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the entries of a request say.
#[derive(Default)]
struct Told {
    /// What was disclosed, beyond its name.
    read: Shown,
    /// That it is there, and in which version.
    named: Shown,
    written: Shown,
    elements: BTreeSet<String>,
    audited: bool,
}

impl Told {
    fn by(entries: &[&Entry], halves: &BTreeMap<String, String>) -> Self {
        let mut told = Self::default();
        let mut withheld = Shown::new();
        for entry in entries {
            let records = entry.records.iter().map(|touched| {
                let name = name(touched.record);
                (halves.get(&name).cloned().unwrap_or(name), touched.version.to_string())
            });
            match (&entry.event, entry.outcome) {
                (Event::Access(Action::Read | Action::Search | Action::History), Outcome::Allowed) => {
                    let place = if entry.elements.is_empty() { &mut told.named } else { &mut told.read };
                    place.extend(records);
                    // Those of a comparison are parameters.
                    if !entry.records.is_empty() {
                        let names = entry.elements.iter();
                        told.elements.extend(names.map(|name| name.trim_start_matches('_').to_owned()));
                    }
                }
                (Event::Access(_), Outcome::Failed) if entry.reason.as_deref() == Some("withheld") => {
                    withheld.extend(records);
                }
                (Event::Access(Action::Audit), Outcome::Allowed) => told.audited = true,
                (Event::Access(_), Outcome::Allowed) => told.written.extend(records),
                _ => {}
            }
        }
        if !withheld.is_empty() {
            let kept = |one: &(String, String)| !withheld.contains(one);
            told.read.retain(kept);
            told.named.retain(kept);
            if told.read.is_empty() {
                told.elements.clear();
            }
        }
        told
    }
}

/// How an answer differs from what its entries say.
pub(super) fn difference(
    keys: &MasterKey,
    role: Role,
    asked: &Asked,
    answer: &Answer,
    entries: &[&Entry],
) -> Option<String> {
    let sent = serde_json::from_str(&asked.body).unwrap_or_default();
    let (shown, elements, halves) = (Shown::new(), BTreeSet::new(), BTreeMap::new());
    let mut body = Body { keys, realm: role.realm(), sent: &sent, shown, elements, events: 0, halves };
    let record = named_in(&asked.path).and_then(|(kind, id)| body.named(kind, id));
    body.take(&answer.value());
    if let (Shows::Versions(versions), Some(name), true) = (&asked.shows, &record, answer.status.is_success())
    {
        body.shown.extend(versions.map(|version| (name.clone(), version.to_string())));
    }
    let mut told = Told::by(entries, &body.halves);
    if let (Some(name), StatusCode::NOT_MODIFIED) = (&record, answer.status) {
        body.shown.insert((name.clone(), plain(answer.etag.as_ref().unwrap()).to_owned()));
        body.elements.clone_from(&told.elements);
    }
    if let (Some(name), StatusCode::GONE) = (&record, answer.status) {
        // That it was deleted, by which version, is what the answer says.
        told.named.retain(|(told, _)| told != name);
    }
    let wrong = compare(asked, answer, &sent, &body, &told)?;
    Some(format!("{role} {:?} {} {:?} {}: {wrong}", asked.route, asked.path, asked.headers, answer.status))
}

/// The type and the id that a path is about.
fn named_in(path: &str) -> Option<(&str, &str)> {
    let (kind, rest) = path.strip_prefix("/fhir/")?.split_once('/')?;
    Some((kind, rest.split(['/', '?']).next().unwrap_or_default()))
}

fn compare(asked: &Asked, answer: &Answer, sent: &Value, body: &Body<'_>, told: &Told) -> Option<String> {
    let all: Shown = told.read.union(&told.named).cloned().collect();
    if body.events > 0 && !told.audited {
        return Some("AuditEvents were shown and their log was not asked for".to_owned());
    }
    let less = |wrong: &str, one: BTreeSet<_>| (!one.is_empty()).then(|| format!("{wrong} {one:?}"));
    let of = |one: &Shown, other: &Shown| -> Shown { one.difference(other).cloned().collect() };
    if matches!(asked.shows, Shows::Written) {
        let known: Shown = all.union(&told.written).cloned().collect();
        let writes: BTreeSet<&String> = told.written.iter().map(|(name, _)| name).collect();
        // A patch that is not done says something of what was read, and so does what is done after it.
        let patches = asked.route.0 == "PATCH" || asked.body.contains("\"PATCH\"");
        let done = answer.status.is_success();
        let mut idle = of(&told.read, &body.shown);
        idle.retain(|(name, _)| !(patches || done && writes.contains(name)));
        let mut known_elements = elements(sent);
        known_elements.extend(told.elements.iter().cloned());
        known_elements.insert("note".to_owned());
        let unknown: BTreeSet<String> = body.elements.difference(&known_elements).cloned().collect();
        return less("shown and not told", of(&body.shown, &known))
            .or_else(|| less("read, and neither shown nor written", idle))
            .or_else(|| (!unknown.is_empty()).then(|| format!("elements not told {unknown:?}")));
    }
    let idle = match asked.shows {
        Shows::BodyAndNames => of(&told.read, &body.shown),
        _ => of(&all, &body.shown),
    };
    let differs = body.elements != told.elements && !matches!(asked.shows, Shows::Versions(..));
    less("shown and not told", of(&body.shown, &all))
        .or_else(|| less("told and not shown", idle))
        .or_else(|| differs.then(|| format!("elements {:?}, told {:?}", body.elements, told.elements)))
}
