//! A patient's chart while it is being written.

use jiff::{ToSpan, civil::Date};
use serde_json::Value;

use crate::{
    bundle::Bundle,
    directory::DirectoryRefs,
    draw::Draw,
    person::Person,
    staff::{self, WORKERS},
};

/// What every kind of record needs: the patient, who looks after them, until when, and where to put it.
pub(crate) struct Chart<'a> {
    root: Draw,
    pub(crate) person: &'a Person,
    pub(crate) end: Date,
    pub(crate) bundle: Bundle,
    /// SECURITY: the reference to the patient has no display: the name belongs to another compartment.
    pub(crate) subject: Value,
    pub(crate) physician: Value,
    pub(crate) hospital: Value,
    pub(crate) technician: Value,
    pub(crate) home_service: Value,
    pub(crate) institute: Value,
}

impl<'a> Chart<'a> {
    /// Opens a chart with the patient as its first resource.
    pub(crate) fn open(
        root: Draw,
        person: &'a Person,
        directory: &DirectoryRefs,
        end: Date,
        patient: fn(&Person, Value, Value) -> Value,
    ) -> Self {
        let mut team = root.fork("team");
        let house = staff::hospital(person.culture);
        let physician = directory.worker(*team.pick(&workers(house)));
        let hospital = directory.house(house);
        let mut bundle = Bundle::new(root.fork("urns"));
        let subject = bundle.add(patient(person, physician.clone(), hospital.clone()));
        Self {
            technician: directory.worker(*team.pick(&workers(staff::HOME_SERVICE))),
            home_service: directory.house(staff::HOME_SERVICE),
            institute: directory.house(staff::INSTITUTE),
            root,
            person,
            end,
            bundle,
            subject,
            physician,
            hospital,
        }
    }

    /// A stream of draws for one kind of record.
    pub(crate) fn draw(&self, label: &str) -> Draw {
        self.root.fork(label)
    }

    /// The first of two texts for an American, the second for an Italian.
    pub(crate) const fn say(&self, english: &'static str, italian: &'static str) -> &'static str {
        self.person.culture.choose(english, italian)
    }

    /// The day so many days before the last one.
    pub(crate) fn days_ago(&self, days: i64) -> Date {
        self.end.saturating_sub(days.days())
    }

    /// The patient's age on the last day.
    pub(crate) fn age(&self) -> i64 {
        let birth = self.person.birth;
        let before_birthday = (self.end.month(), self.end.day()) < (birth.month(), birth.day());
        i64::from(self.end.year()) - i64::from(birth.year()) - i64::from(before_birthday)
    }
}

/// A FHIR instant: so many minutes after midnight, UTC.
pub(crate) fn instant(day: Date, minute: i64) -> String {
    format!("{day}T{:02}:{:02}:00Z", minute / 60 % 24, minute % 60)
}

fn workers(house: usize) -> Vec<usize> {
    (0..WORKERS.len()).filter(|index| WORKERS[*index].house == house).collect()
}
