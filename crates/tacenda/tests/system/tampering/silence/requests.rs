//! Everything that may be asked: of records, to change them, and of the pages that show other people.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use reqwest::StatusCode;
use tacenda_kernel::Role;

use crate::{
    audit_events::number,
    outsiders::PROTECTED,
    true_ledger::{
        Answer, Asked, Ground, Member, OTHERS, SHOW_NOTHING, Shows, application, reading, writing,
    },
};

/// Whom the pages show.
const STAFF: [&str; 2] = ["Davide Ferri", "Sofia Greco"];

/// One request.
pub(super) enum Request {
    /// It is answered with something that is to be in the ledger.
    Read(Asked),
    Write(Asked),
    Page(Page),
}

/// A page, with a form where there are fields.
pub(super) struct Page {
    route: (&'static str, &'static str),
    member: usize,
    path: String,
    fields: Vec<(&'static str, String)>,
}

impl Request {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Read(asked) | Self::Write(asked) => {
                format!("{} {} {:?}", asked.route.0, asked.path, asked.headers)
            }
            Self::Page(page) => format!("{} {}", page.route.0, page.path),
        }
    }

    pub(super) fn asked(&self) -> Option<&Asked> {
        if let Self::Read(asked) | Self::Write(asked) = self { Some(asked) } else { None }
    }

    pub(super) fn changes(&self) -> bool {
        matches!(self, Self::Write(_))
    }

    /// A list of people, which is about no patient.
    pub(super) fn is_of_people(&self) -> bool {
        matches!(self, Self::Page(page) if page.path.starts_with("/people"))
    }

    fn route(&self) -> (&'static str, &'static str) {
        match self {
            Self::Read(asked) | Self::Write(asked) => asked.route,
            Self::Page(page) => page.route,
        }
    }
}

/// All of them, and those who ask.
pub(super) struct Requests<'a> {
    pub(super) ground: &'a Ground,
    pub(super) all: Vec<Request>,
    officer: String,
    clinician: String,
    members: [Member<'a>; 2],
    needles: Vec<String>,
}

impl<'a> Requests<'a> {
    /// What is asked, once it was seen that all of it is answered.
    pub(super) async fn make(ground: &'a Ground) -> Self {
        let test = &ground.scene.test;
        let query = application(test).await;
        let clinician = Member::sign_in(test, Role::Clinician).await;
        let members = [clinician, Member::sign_in(test, Role::Administrator).await];
        let mut requests = Self {
            ground,
            all: pages(ground, &members, &query).await.into_iter().map(Request::Page).collect(),
            officer: test.token(Role::SecurityOfficer).await,
            clinician: test.token(Role::Clinician).await,
            members,
            needles: ground.needles.iter().cloned().chain(STAFF.map(str::to_owned)).collect(),
        };
        for page in &requests.all {
            let answer = requests.send(page).await;
            assert!(!requests.names(&answer).is_empty(), "{}: {}", page.name(), answer.text);
        }
        let event = ground.event(Role::SecurityOfficer).await;
        let mut ways = BTreeSet::new();
        for asked in reading(&ground.ids, event.as_deref(), true).into_iter().filter(is_of_patient) {
            if ways.contains(&way(&asked)) {
                continue;
            }
            let request = Request::Read(asked.clone());
            if shows(&asked, &requests.send(&request).await) {
                ways.insert(way(&asked));
                requests.all.push(request);
            }
        }
        let shown = requests.all.len();
        assert!(shown > 60, "{shown}");
        let mut writes = writing(&ground.ids, Role::Clinician);
        writes.retain(|asked| asked.headers.iter().all(|(name, _)| *name != "prefer"));
        writes.extend(SHOW_NOTHING.map(|route| {
            let path = route.1.replace("{id}", number(&ground.ids));
            Asked::new(route, path, Shows::Written)
        }));
        requests.all.extend(writes.into_iter().map(Request::Write));
        let routes: BTreeSet<_> = requests.all.iter().map(Request::route).collect();
        assert_eq!(
            routes,
            PROTECTED.into_iter().chain(OTHERS).collect(),
            "a new route is to be held back, too"
        );
        requests
    }

    pub(super) async fn send(&self, request: &Request) -> Answer {
        match request {
            Request::Read(asked) | Request::Write(asked) => {
                let token = if self.role(asked) == Role::Clinician { &self.clinician } else { &self.officer };
                self.ground.send(token, asked).await
            }
            Request::Page(page) => {
                let fields: Vec<_> =
                    page.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                self.members[page.member].ask(&page.path, &fields).await
            }
        }
    }

    /// Several at a time.
    pub(super) async fn send_all<'r>(&self, some: Vec<&'r Request>) -> Vec<(&'r Request, Answer)> {
        let answers = stream::iter(some).map(|request| async move { (request, self.send(request).await) });
        answers.buffered(16).collect().await
    }

    pub(super) fn role(&self, asked: &Asked) -> Role {
        if asked.path.contains("AuditEvent") { Role::SecurityOfficer } else { Role::Clinician }
    }

    /// What an answer says of patients and of people.
    pub(super) fn names(&self, answer: &Answer) -> Vec<&str> {
        self.needles.iter().map(String::as_str).filter(|name| answer.text.contains(name)).collect()
    }
}

async fn pages(ground: &Ground, members: &[Member<'_>; 2], query: &str) -> Vec<Page> {
    let test = &ground.scene.test;
    let person = test.accounts.of(Role::Technician).unwrap();
    let (clinician, administrator) = (members[0].form_token().await, members[1].form_token().await);
    let path = format!("/fhir/Patient/{}", number(&ground.ids));
    let (_, patient) = test.get(Role::Clinician, &path).await;
    let family = patient["name"][0]["family"].as_str().unwrap();
    let found = [("query", query), ("role", "clinician"), ("patient", number(&ground.ids))];
    let found = [&found[..], &[("form_token", &clinician), ("answer", "find"), ("name", family)]].concat();
    let people = [("form_token", administrator.as_str()), ("name", "davide"), ("email", "")];
    let people = [&people[..], &[("role", ""), ("state", "")]].concat();
    let page = |route: usize, member: usize, path: &str, fields: &[(&'static str, &str)]| Page {
        route: OTHERS[route],
        member,
        path: path.to_owned(),
        fields: fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
    };
    vec![
        page(0, 1, "/people", &[]),
        page(1, 1, "/people", &people),
        page(2, 1, &format!("/people/{person}"), &[]),
        page(3, 0, &format!("/oauth/authorize?{query}"), &[]),
        page(4, 0, "/oauth/authorize", &found),
    ]
}

/// Whether something of a record or of an entry was disclosed.
fn shows(asked: &Asked, answer: &Answer) -> bool {
    let differs = matches!(asked.shows, Shows::Versions(_));
    let names = ["versionId", "leafHash"].iter().any(|name| answer.text.contains(name));
    answer.status == StatusCode::NOT_MODIFIED || answer.status == StatusCode::OK && (differs || names)
}

/// Of the patient, of records of theirs of one type, of the directory, and of the log.
fn is_of_patient(asked: &Asked) -> bool {
    let kinds = ["Observation", "Patient", "Practitioner", "Provenance", "AuditEvent"];
    kinds.iter().any(|kind| asked.path.contains(&format!("/fhir/{kind}"))) || asked.path == "/fhir"
}

/// The way in which a route answers: one request for each is enough.
fn way(asked: &Asked) -> String {
    let query = asked.path.split_once('?').map_or("", |(_, query)| query);
    let names: Vec<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    let kind = asked.path.split(['/', '?']).nth(2).unwrap_or_default();
    format!("{:?} {kind} {names:?} {:?}", asked.route, asked.headers)
}
