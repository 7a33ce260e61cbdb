//! The Patient resource and the person to call.

use serde_json::{Value, json};

use crate::{
    chart::Chart,
    coding::{coding, concept, hl7},
    identifiers::{CODICE_FISCALE, RECORD_NUMBER, SOCIAL_SECURITY},
    names::Culture,
    person::{Person, gender},
    places::Place,
};

const BIRTH_PLACE: &str = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace";

/// The Patient of a person, with their physician and hospital.
pub(crate) fn resource(person: &Person, physician: Value, hospital: Value) -> Value {
    json!({
        "resourceType": "Patient",
        "extension": [{ "url": BIRTH_PLACE, "valueAddress": town(person.birth_place) }],
        "identifier": identifiers(person),
        "active": true,
        "name": [{
            "use": "official",
            "text": format!("{} {}", person.given, person.family),
            "family": person.family,
            "given": [person.given],
        }],
        "telecom": [
            { "system": "phone", "value": person.phone, "use": "mobile", "rank": 1 },
            { "system": "email", "value": person.email, "use": "home", "rank": 2 },
        ],
        "gender": person.gender(),
        "birthDate": person.birth.to_string(),
        "address": [address(person)],
        "maritalStatus": marital_status(person),
        "contact": [contact(person)],
        "communication": [{ "language": language(person.culture), "preferred": true }],
        "generalPractitioner": [physician],
        "managingOrganization": hospital,
    })
}

/// A RelatedPerson for about a third of the patients: the one who may speak for them.
pub(crate) fn relative(chart: &mut Chart<'_>) {
    if !chart.draw("relative").chance(35) {
        return;
    }
    let person = chart.person;
    let relative = &person.relative;
    let resource = json!({
        "resourceType": "RelatedPerson",
        "active": true,
        "patient": chart.subject,
        "relationship": [kinship(relative.female)],
        "name": [{ "use": "official", "family": person.family, "given": [relative.given] }],
        "telecom": [{ "system": "phone", "value": relative.phone, "use": "mobile" }],
        "gender": gender(relative.female),
        "address": [address(person)],
        "communication": [{ "language": language(person.culture) }],
    });
    chart.bundle.add(resource);
}

fn identifiers(person: &Person) -> Value {
    let (code, display, system) = match person.culture {
        Culture::Italian => ("TAX", "Tax ID number", CODICE_FISCALE),
        Culture::American => ("SS", "Social Security number", SOCIAL_SECURITY),
    };
    json!([
        {
            "use": "usual",
            "type": hl7("v2-0203", "MR", "Medical record number"),
            "system": RECORD_NUMBER,
            "value": person.record_number,
        },
        {
            "use": "official",
            "type": hl7("v2-0203", code, display),
            "system": system,
            "value": person.national_number,
        },
    ])
}

fn address(person: &Person) -> Value {
    let mut address = town(person.home);
    address["use"] = json!("home");
    address["type"] = json!("both");
    address["line"] = json!([person.street]);
    address["postalCode"] = json!(person.home.postal_code);
    address
}

fn town(place: &Place) -> Value {
    json!({ "city": place.town, "state": place.region, "country": place.country })
}

fn contact(person: &Person) -> Value {
    let relative = &person.relative;
    json!({
        "relationship": [hl7("v2-0131", "C", "Emergency Contact"), kinship(relative.female)],
        "name": { "family": person.family, "given": [relative.given] },
        "telecom": [{ "system": "phone", "value": relative.phone, "use": "mobile" }],
        "gender": gender(relative.female),
    })
}

fn kinship(female: bool) -> Value {
    if female { hl7("v3-RoleCode", "DAUC", "daughter") } else { hl7("v3-RoleCode", "SONC", "son") }
}

fn marital_status(person: &Person) -> Value {
    if person.married {
        hl7("v3-MaritalStatus", "M", "Married")
    } else {
        hl7("v3-MaritalStatus", "W", "Widowed")
    }
}

fn language(culture: Culture) -> Value {
    match culture {
        Culture::Italian => concept("urn:ietf:bcp:47", "it", "Italian"),
        Culture::American => json!({
            "coding": [coding("urn:ietf:bcp:47", "en-US", "English (United States)")],
            "text": "English",
        }),
    }
}
