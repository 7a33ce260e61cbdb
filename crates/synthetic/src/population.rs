//! The population: what each patient's bundle is put together from.

use jiff::civil::Date;
use serde_json::Value;

use crate::{
    care_plan,
    chart::Chart,
    conditions, consent,
    directory::{self, DirectoryRefs},
    draw::Draw,
    encounters, home, laboratory, medication, patient,
    person::Person,
    prevention, vital_signs,
};

/// As many synthetic patients as one likes, all from one seed.
#[derive(Clone, Debug)]
pub struct Population {
    root: Draw,
}

impl Population {
    /// The population of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { root: Draw::new(seed) }
    }

    /// A FHIR R4 transaction bundle with the organisations, locations, practitioners and roles all patients share.
    #[must_use]
    pub fn directory(&self) -> Value {
        directory::bundle(&self.root)
    }

    /// A FHIR R4 transaction bundle with the patient of this index and two years of records that end on day `end`.
    ///
    /// Within the bundle references are `urn:uuid:`; those to the directory are the caller's. The person (name, birth,
    /// identifiers, address) depends on seed and index only, so another `end` gives the same person at another time.
    #[must_use]
    pub fn patient(&self, index: u32, end: Date, directory: &DirectoryRefs) -> Value {
        let root = self.root.fork(&format!("patient {index}"));
        let person = Person::draw(&self.root, &root, index);
        let mut chart = Chart::open(root, &person, directory, end, patient::resource);
        patient::relative(&mut chart);
        consent::research(&mut chart);
        let body = conditions::diagnose(&mut chart);
        medication::prescribe(&mut chart, &body);
        prevention::allergies(&mut chart);
        prevention::immunizations(&mut chart);
        care_plan::plan(&mut chart, &body);
        let visits = encounters::visits(&mut chart, &body);
        vital_signs::measure(&mut chart, &body, &visits);
        laboratory::analyse(&mut chart, &body, &visits);
        home::install(&mut chart, &body);
        chart.bundle.into_json()
    }
}
