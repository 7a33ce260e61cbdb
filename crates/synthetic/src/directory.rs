//! The directory: organisations, locations, practitioners and their roles, and how a patient's records refer to them.

use serde_json::{Value, json};

use crate::{
    bundle::Bundle,
    coding::{SNOMED, concept, hl7},
    draw::Draw,
    staff::{HOUSES, House, WORKERS, Worker},
};

/// Literal references to the directory once it is stored, in the order of [`Population::directory`](crate::Population::directory).
///
/// Where a reference is missing, a patient's records give only the name; so the default works without a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectoryRefs {
    /// `Organization/<id>`, one for each organisation of the directory.
    pub organization: Vec<String>,
    /// `Practitioner/<id>`, one for each practitioner of the directory.
    pub practitioner: Vec<String>,
}

impl DirectoryRefs {
    /// Reads them from the server's answer to the directory: a `transaction-response` bundle, whose entries have a
    /// `response.location` in the order of the request. A `/_history/…` at the end and a base URL are dropped.
    #[must_use]
    pub fn from_response(response: &Value) -> Self {
        Self {
            organization: located(response, "Organization"),
            practitioner: located(response, "Practitioner"),
        }
    }

    pub(crate) fn house(&self, index: usize) -> Value {
        named("Organization", self.organization.get(index), HOUSES[index].name)
    }

    pub(crate) fn worker(&self, index: usize) -> Value {
        named("Practitioner", self.practitioner.get(index), &WORKERS[index].name())
    }
}

/// The transaction that stores the directory.
pub(crate) fn bundle(root: &Draw) -> Value {
    let mut numbers = root.fork("directory-numbers");
    let mut bundle = Bundle::new(root.fork("directory"));
    let houses = HOUSES.each_ref().map(|house| {
        let reference = bundle.add(organization(house, &mut numbers));
        for ward in house.wards {
            bundle.add(location(house, ward, &reference));
        }
        reference
    });
    for worker in &WORKERS {
        let person = bundle.add(practitioner(worker, &mut numbers));
        bundle.add(practitioner_role(worker, &person, &houses[worker.house]));
    }
    bundle.into_json()
}

fn organization(house: &House, numbers: &mut Draw) -> Value {
    json!({
        "resourceType": "Organization",
        "identifier": [{ "system": "https://example.org/fhir/organization", "value": numbers.digits(8) }],
        "active": true,
        "type": [hl7("organization-type", house.kind.0, house.kind.1)],
        "name": house.name,
        "telecom": [{ "system": "phone", "value": house.phone, "use": "work" }],
        "address": [address(house)],
    })
}

fn location(house: &House, ward: &str, owner: &Value) -> Value {
    json!({
        "resourceType": "Location",
        "status": "active",
        "name": format!("{}, {ward}", house.name),
        "mode": "instance",
        "telecom": [{ "system": "phone", "value": house.phone, "use": "work" }],
        "address": address(house),
        "managingOrganization": owner,
    })
}

fn practitioner(worker: &Worker, numbers: &mut Draw) -> Value {
    let mail = format!("{}.{}@example.org", worker.given, worker.family).to_lowercase();
    json!({
        "resourceType": "Practitioner",
        "identifier": [{ "system": "https://example.org/fhir/practitioner", "value": numbers.digits(10) }],
        "active": true,
        "name": [{ "use": "official", "text": worker.name(), "family": worker.family, "given": [worker.given] }],
        "telecom": [{ "system": "email", "value": mail, "use": "work" }],
        "gender": if worker.female { "female" } else { "male" },
    })
}

fn practitioner_role(worker: &Worker, person: &Value, house: &Value) -> Value {
    let mut role = json!({
        "resourceType": "PractitionerRole",
        "active": true,
        "practitioner": person,
        "organization": house,
        "code": [hl7("practitioner-role", worker.role.0, worker.role.1)],
    });
    if let Some((code, display)) = worker.specialty {
        role["specialty"] = json!([concept(SNOMED, code, display)]);
    }
    role
}

fn address(house: &House) -> Value {
    let place = house.place();
    json!({
        "use": "work",
        "line": [house.street],
        "city": place.town,
        "state": place.region,
        "postalCode": place.postal_code,
        "country": place.country,
    })
}

fn located(response: &Value, kind: &str) -> Vec<String> {
    let entries = response["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    entries.iter().filter_map(|entry| relative(entry["response"]["location"].as_str()?, kind)).collect()
}

fn relative(location: &str, kind: &str) -> Option<String> {
    let location = location.split("/_history/").next()?;
    let mut segments = location.rsplit('/');
    let (id, found) = (segments.next()?, segments.next()?);
    (found == kind).then(|| format!("{kind}/{id}"))
}

fn named(kind: &str, reference: Option<&String>, display: &str) -> Value {
    match reference {
        Some(reference) => json!({ "reference": reference, "type": kind, "display": display }),
        None => json!({ "type": kind, "display": display }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_from_the_answer() {
        let response = json!({ "resourceType": "Bundle", "type": "transaction-response", "entry": [
            { "response": { "status": "201", "location": "https://h/fhir/Organization/7k/_history/1" } },
            { "response": { "status": "201", "location": "Location/9z/_history/1" } },
            { "response": { "status": "201", "location": "Practitioner/p1" } },
            { "response": { "status": "201", "location": "PractitionerRole/r1" } },
        ] });
        let refs = DirectoryRefs::from_response(&response);
        assert_eq!(refs.organization, ["Organization/7k"]);
        assert_eq!(refs.practitioner, ["Practitioner/p1"]);
        assert_eq!(refs.house(0)["reference"], "Organization/7k");
        assert_eq!(refs.house(1), json!({ "type": "Organization", "display": HOUSES[1].name }));
    }
}
