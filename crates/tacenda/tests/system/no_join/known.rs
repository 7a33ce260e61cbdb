//! A patient of whom every value is known, and where it belongs.

use std::collections::BTreeSet;

use serde_json::json;
use tacenda_fhir::{Place, ResourceType, place_resolving, split};
use tacenda_kernel::Compartment;
use tacenda_synthetic::Canary;

use crate::common::TestSystem;

/// A patient made of needles, and where each needle belongs.
pub(super) struct Known {
    pub(super) ids: Vec<String>,
    pub(super) needles: Vec<(Compartment, String)>,
    /// The needles of names, telephone numbers and addresses of whoever is reached: what a technician needs to come.
    pub(super) reach: BTreeSet<String>,
}

impl Known {
    pub(super) async fn enrol(test: &TestSystem, seed: u64) -> Self {
        let canary = Canary::new(seed);
        let ids = test.enrol(canary.bundle()).await;
        let entries = canary.bundle()["entry"].as_array().unwrap();
        let of_url = |url: &str| {
            let entry = entries.iter().find(|entry| entry["fullUrl"] == url)?;
            entry["resource"]["resourceType"].as_str()?.parse::<ResourceType>().ok()
        };
        let (all, mut needles, mut reach) = (canary.needles(), Vec::new(), BTreeSet::new());
        for entry in entries {
            let resource = &entry["resource"];
            let parts = match place_resolving(resource, &of_url).unwrap() {
                Place::In(compartment) => vec![(compartment, resource.clone())],
                Place::Split => {
                    let halves = split(resource);
                    vec![(Compartment::Contact, halves.contact), (Compartment::Identity, halves.identity)]
                }
            };
            for (compartment, part) in parts {
                if compartment == Compartment::Contact {
                    reach.extend(found(
                        &all,
                        &json!([part["name"], part["telecom"], part["address"]]).to_string(),
                    ));
                }
                needles.extend(found(&all, &part.to_string()).map(|needle| (compartment, needle)));
            }
        }
        Self { ids, needles, reach }
    }

    pub(super) fn patient(&self) -> &str {
        self.ids.iter().find(|id| id.starts_with("Patient/")).unwrap()
    }

    /// Which of the patient's needles are in a text.
    pub(super) fn seen(&self, text: &str) -> BTreeSet<(Compartment, String)> {
        let lower = text.to_lowercase();
        let seen = self.needles.iter().filter(|(_, needle)| lower.contains(&needle.to_lowercase()));
        seen.cloned().collect()
    }
}

fn found(needles: &[String], text: &str) -> impl Iterator<Item = String> {
    let (needles, text) = (needles.to_vec(), text.to_owned());
    needles.into_iter().filter(move |needle| text.contains(needle.as_str()))
}
