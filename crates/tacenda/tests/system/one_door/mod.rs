//! What is written comes in by one door: the same by a request, by a bundle, by a file beside the databases and by a file over
//! HTTP, in what is answered, stored and said in the ledger.

mod cases;
mod entries;

use std::{fs, sync::Arc};

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tacenda::{
    databases::{PREFIX, vault_name},
    import::{ImportOptions, Target, import},
};
use tacenda_contracts::{
    entry::{Entry, Event},
    keystore::GrantKind,
};
use tacenda_crypto::SystemRandom;
use tacenda_kernel::{Compartment, Purpose, Role};
use tacenda_synthetic::Canary;

use self::{
    cases::Case,
    entries::{Names, patch_of},
};
use crate::{
    audit::Audit,
    common::{TestSystem, answer},
    tampering::admin,
    transaction::of_type,
};

/// What is wrong, and where.
type Problems = Vec<(Option<String>, String)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The request by itself, where a case is one; a bundle otherwise.
    Rest,
    /// `import --data`
    Data,
    /// `import --url`
    Url,
}

/// A system of its own for each way, so that each makes the same of the same.
struct Door {
    way: Way,
    test: TestSystem,
    names: Names,
    seen: usize,
}

impl Door {
    async fn open(way: Way) -> Self {
        let test = TestSystem::start().await;
        let ids = test.enrol(Canary::new(1).bundle()).await;
        let patient = of_type(&ids, "Patient").to_owned();
        test.grant(&patient, GrantKind::Care, Some(Role::Application), Purpose::Treatment).await;
        test.care(&patient).await;
        let mut names = Names::of(&patient);
        for (name, body) in cases::ground(&names) {
            let made = test.enrol(&body).await;
            names.add(name, made);
        }
        let seen = Audit::read(&test).await.entries.len();
        Self { way, test, names, seen }
    }

    /// What is wrong with a case; nothing where it was done.
    async fn send(&self, case: &Case, number: usize) -> Problems {
        match self.way {
            Way::Rest if case.is_single() => self.request(case).await,
            Way::Rest => {
                let (status, said) = self.post("/fhir", &case.bundle(&self.names, number)).await;
                problems(status, &said)
            }
            Way::Data | Way::Url => self.import(&case.bundle(&self.names, number), number).await,
        }
    }

    async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        self.test.send(Role::Application, Method::POST, path, body).await
    }

    async fn request(&self, case: &Case) -> Problems {
        let entry = &case.entries(&self.names)[0];
        let (method, url) = (&entry["request"]["method"], entry["request"]["url"].as_str().unwrap());
        let method: Method = method.as_str().unwrap().parse().unwrap();
        let request = self.test.request_as(Role::Application, method, &format!("/fhir/{url}")).await;
        // An import shows nothing of what is there.
        let mut request = request.header("prefer", "return=minimal");
        for (name, header) in [("ifMatch", "if-match"), ("ifNoneExist", "if-none-exist")] {
            if let Some(value) = entry["request"][name].as_str() {
                request = request.header(header, value);
            }
        }
        match &entry["resource"] {
            Value::Null => {}
            patch if patch["resourceType"] == "Binary" => {
                request = request.header("content-type", "application/json-patch+json");
                request = request.body(patch_of(patch));
            }
            resource => {
                request = request.header("content-type", "application/fhir+json").body(resource.to_string());
            }
        }
        let (status, said) = answer(request.send().await.unwrap()).await;
        problems(status, &said)
    }

    async fn import(&self, bundle: &Value, number: usize) -> Problems {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(format!("{number}.json"));
        fs::write(&file, bundle.to_string()).unwrap();
        let target = match self.way {
            Way::Url => {
                let token = self.test.token(Role::Application).await;
                Target::remote(&self.test.url(""), &token, None).unwrap()
            }
            _ => {
                let (system, accounts) =
                    (Arc::clone(&self.test.system), Arc::new(self.test.accounts.clone()));
                Target::local(Arc::clone(&self.test.system), move || {
                    let (system, accounts) = (Arc::clone(&system), Arc::clone(&accounts));
                    async move { accounts.token(&system.accounts, &SystemRandom, Role::Application).await }
                })
            }
        };
        let done = import(&ImportOptions::new(vec![file]), &target).await.unwrap();
        assert!(done.not_sent.is_empty() && done.already_there == 0, "{done}");
        let failures = done.failed.into_iter().flat_map(|failure| failure.problems);
        failures.map(|problem| (problem.expression, problem.reason)).collect()
    }

    /// What requests did since this was asked last: everything but when, under which names and from where.
    async fn entries(&mut self) -> Vec<String> {
        let audit = Audit::read(&self.test).await;
        let new = audit.entries.iter().skip(self.seen);
        let new = new.filter(|one| one.role == Some(Role::Application));
        let mut new: Vec<String> =
            new.filter(|one| matches!(one.event, Event::Access(_))).map(said).collect();
        self.seen = audit.entries.len();
        new.sort();
        new
    }

    /// What is stored: how much in each table, and what somebody else reads.
    async fn stored(&self) -> Vec<String> {
        let mut stored = Vec::new();
        for compartment in Compartment::ALL {
            let counted = admin(&self.test, &format!("{PREFIX}{}", vault_name(compartment))).await;
            let row = counted
                .query_one(
                    "select concat_ws(' ', count(*), sum(version), count(*) filter (where deleted), \
                       (select count(*) from versions), (select count(*) from tokens)) from records",
                    &[],
                )
                .await
                .unwrap();
            stored.push(format!("{compartment} {}", row.get::<_, String>(0)));
        }
        for path in cases::looked_at(&self.names) {
            let (status, found) = self.test.get(Role::Clinician, &path).await;
            assert_eq!(status, StatusCode::OK, "{path}: {found}");
            let entries = found["entry"].as_array().into_iter().flatten();
            let mut read: Vec<String> =
                entries.map(|entry| self.names.without_names(&entry["resource"])).collect();
            read.sort();
            stored.extend(read);
        }
        stored
    }
}

fn problems(status: StatusCode, said: &Value) -> Problems {
    if status.is_success() {
        return Vec::new();
    }
    let issues = said["issue"].as_array().unwrap_or_else(|| panic!("{status}: {said}")).iter();
    let problem = |issue: &Value| {
        let at = issue["expression"][0].as_str().map(str::to_owned);
        (at, issue["diagnostics"].as_str().unwrap_or_default().to_owned())
    };
    issues.map(problem).collect()
}

fn said(entry: &Entry) -> String {
    let versions: Vec<u32> = entry.records.iter().map(|one| one.version.number()).collect();
    let Entry {
        event,
        outcome,
        reason,
        role,
        purpose,
        compartment,
        elements,
        kinds,
        policies,
        relations,
        ..
    } = entry;
    format!(
        "{event:?} {outcome:?} {reason:?} {role:?} {purpose:?} {compartment:?} {versions:?} {kinds:?} {elements:?} \
         {policies:?} {relations:?}"
    )
}

/// A request names what a bundle's only entry does.
fn as_by_itself(problems: Problems, kind: &str) -> Problems {
    let of_resource = |at: String| {
        let inside = at.strip_prefix("Bundle.entry[0].resource");
        inside.filter(|rest| !rest.is_empty()).map(|rest| format!("{kind}{rest}"))
    };
    problems.into_iter().map(|(at, why)| (at.and_then(of_resource), why)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_written_comes_in_by_one_door() {
    let mut doors = Vec::new();
    for way in [Way::Rest, Way::Data, Way::Url] {
        doors.push(Door::open(way).await);
    }
    let cases = cases::all();
    let singles = cases.iter().filter(|case| case.is_single()).count();
    assert!(singles >= 40 && cases.len() - singles >= 60, "{singles} of {}", cases.len());
    let (mut done, mut refused) = (0, 0);
    for (number, case) in cases.iter().enumerate() {
        let mut first: Option<(Problems, Vec<String>, Vec<String>)> = None;
        for door in &mut doors {
            let mut problems = door.send(case, number).await;
            if case.is_single() && door.way != Way::Rest {
                problems = as_by_itself(problems, case.kind());
            }
            let (entries, stored) = (door.entries().await, door.stored().await);
            match &first {
                None => {
                    println!("{case:?}: {problems:?}");
                    if problems.is_empty() {
                        done += 1;
                    } else {
                        refused += 1;
                    }
                    first = Some((problems, entries, stored));
                }
                Some((said, written, kept)) => {
                    let way = door.way;
                    assert_eq!(&problems, said, "{case:?} by {way:?}: what is answered");
                    assert_eq!(&entries, written, "{case:?} by {way:?}: what the ledger says");
                    assert_eq!(&stored, kept, "{case:?} by {way:?}: what is stored");
                }
            }
        }
    }
    println!("{done} cases done, {refused} refused, by three ways each");
    assert!(done > 30 && refused > 30);
    for door in doors {
        door.test.stop().await;
    }
}
