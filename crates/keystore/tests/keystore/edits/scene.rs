//! Patients in every state, those who ask for them, and what they are answered.

use tacenda_contracts::keystore::{GrantKind, Keystore as _, PermitRequest, Subject};
use tacenda_kernel::{Action, Compartment, Role};

use crate::bed::{Bed, ROOT, clinical};

/// Tables that are edited.
pub(super) const TABLES: [&str; 7] = [
    "master_keys",
    "compartment_keys",
    "directory_keys",
    "patients",
    "patient_keys",
    "grants",
    "refinery_schema_history",
];

pub(super) struct Scene {
    pub(super) bed: Bed,
    /// The patient whose rows are edited.
    pub(super) patient: [u8; 16],
    other: [u8; 16],
    erased: [u8; 16],
}

/// What a look at the scene gave.
pub(super) struct Seen {
    /// What those who ask are answered.
    pub(super) answers: String,
    /// What verification, and a start, say.
    pub(super) found: Vec<String>,
}

impl Scene {
    /// A patient with relations of which one ended, another one, and one who was erased; copies of how it was before the
    /// ends, and of how it is. Whoever owns the database has taken its constraints away.
    pub(super) async fn new() -> Self {
        let bed = Bed::new().await;
        let (patient, other) = (bed.patient().await, bed.another_patient().await);
        let erased = bed.third_patient().await;
        bed.relate(patient, GrantKind::Assignment, Role::Technician).await;
        bed.relate(patient, GrantKind::ResearchConsent, Role::Researcher).await;
        let scene = Self { bed, patient, other, erased };
        scene.copy("old").await;
        scene.bed.end(patient, GrantKind::Assignment, Role::Technician).await;
        scene.bed.keystore.erase(&*scene.bed.erasing(erased).await).await.unwrap();
        scene.copy("now").await;
        scene.do_as_superuser(UNCONSTRAINED).await;
        scene
    }

    async fn copy(&self, name: &str) {
        for table in TABLES {
            let copy = format!("create table {name}_{table} as select * from {table}");
            self.bed.as_owner(&copy).await;
        }
    }

    /// Puts everything back as it is now.
    pub(super) async fn undo(&self) {
        let back = |table: &str| format!("truncate {table}; insert into {table} select * from now_{table}; ");
        self.do_as_superuser(&TABLES.map(back).concat()).await;
    }

    pub(super) async fn do_as_superuser(&self, sql: &str) {
        let owner = self.bed.endpoints.owner.connect().await.unwrap();
        owner.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// Asks for everything, then verifies, looks after the tables, and opens another instance.
    pub(super) async fn seen(&self) -> Seen {
        // Keys that were released are forgotten.
        self.bed.clock.advance(jiff::SignedDuration::from_secs(6));
        let answers = self.answers().await;
        let mut found: Vec<String> =
            self.bed.findings().await.iter().map(|one| format!("verify: {}", plain(one))).collect();
        found.dedup();
        if let Err(error) = self.bed.keystore.check().await {
            found.push(format!("running: {}", first(&error)));
        }
        if let Err(error) = self.bed.reopen(ROOT).await {
            found.push(format!("start: {}", first(&error)));
        }
        Seen { answers, found }
    }

    async fn answers(&self) -> String {
        let (bed, clinical) = (&self.bed, clinical());
        let ask = |role, number, place| bed.ask(role, Action::Read, Subject::Public(number), place);
        let mine = ask(Role::Clinician, self.patient, clinical);
        let field = Compartment::Field.into();
        let technician = ask(Role::Technician, bed.number_for(Role::Technician, self.patient), field);
        let researcher = ask(Role::Researcher, bed.number_for(Role::Researcher, self.patient), clinical);
        let several = [self.patient, self.other, self.erased].map(Subject::Public);
        let permits = bed.keystore.permits(&mine, &several).await;
        let permits = permits.map(|some| some.into_iter().flatten().count());
        let own = bed.keystore.patients_of(&mine).await.map(|some| some.len());
        format!(
            "mine {}, ended {}, consent {}, erased {}, of three {}, listed {}",
            self.keys(&mine, Compartment::Clinical).await,
            self.keys(&technician, Compartment::Field).await,
            self.keys(&researcher, Compartment::Clinical).await,
            self.keys(&ask(Role::Clinician, self.erased, clinical), Compartment::Clinical).await,
            permits.map_or_else(|error| format!("{error:?}"), |count| count.to_string()),
            own.map_or_else(|error| format!("{error:?}"), |count| count.to_string()),
        )
    }

    /// Whether the keys are given, or why not.
    async fn keys(&self, ask: &PermitRequest, compartment: Compartment) -> String {
        match self.bed.keystore.permit(ask).await {
            Err(error) => format!("{error:?}"),
            Ok(permit) => match self.bed.keystore.release(&crate::bed::slice(&permit, compartment)).await {
                Ok(_) => "keys".to_owned(),
                Err(error) => format!("permit and {error:?}"),
            },
        }
    }
}

/// The first sentence of an error.
fn first(error: &dyn std::error::Error) -> String {
    error.to_string().split(['.', ':']).next().unwrap_or_default().to_owned()
}

/// A finding without the numbers in it, which differ each time.
fn plain(finding: &tacenda_keystore::verify::Finding) -> String {
    let text = finding.to_string();
    let number = |word: &&str| word.len() >= 32 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    text.split(' ').map(|word| if number(&word) { "*" } else { word }).collect::<Vec<_>>().join(" ")
}

/// Takes every constraint away, so that every edit can be done.
const UNCONSTRAINED: &str = "do $$ declare r record; begin \
     for r in select conrelid::regclass as t, conname from pg_constraint \
       where connamespace = 'public'::regnamespace order by contype = 'f' desc loop \
       execute format('alter table %s drop constraint if exists %I cascade', r.t, r.conname); end loop; \
     for r in select c.relname as t, a.attname as c from pg_attribute a join pg_class c on c.oid = a.attrelid \
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and a.attnotnull loop \
       execute format('alter table %I alter column %I drop not null', r.t, r.c); end loop; end $$";
