//! A patient made of strings that occur nowhere else, to be looked for where nothing may be found.

use serde_json::{Number, Value, json};

use crate::{bundle::Bundle, draw::Draw};

/// A patient whose every name, number, code and note is a random-looking string, in all five patient compartments.
///
/// After the bundle went through the system, none of [`needles`](Self::needles) may be found in anything at rest.
#[derive(Clone, Debug)]
pub struct Canary {
    bundle: Value,
    needles: Vec<String>,
}

impl Canary {
    /// The canary of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let root = Draw::new(seed).fork("canary");
        let mut writer = Writer { draw: root.fork("needles"), needles: Vec::new() };
        let bundle = write(&mut writer, Bundle::new(root.fork("urns")));
        Self { bundle, needles: writer.needles }
    }

    /// The same of nobody: staff, an organization and a place, for the directory.
    #[must_use]
    pub fn of_directory(seed: u64) -> Self {
        let root = Draw::new(seed).fork("directory canary");
        let mut writer = Writer { draw: root.fork("needles"), needles: Vec::new() };
        let bundle = directory(&mut writer, Bundle::new(root.fork("urns")));
        Self { bundle, needles: writer.needles }
    }

    /// A FHIR R4 transaction bundle that refers to nothing outside of it.
    #[must_use]
    pub const fn bundle(&self) -> &Value {
        &self.bundle
    }

    /// Every string that must not be found anywhere at rest, each also in lower case, as an index would normalise it.
    ///
    /// Where a search is for other encodings (base64, UTF-16), encode these.
    #[must_use]
    pub fn needles(&self) -> Vec<String> {
        let lower = self.needles.iter().map(|needle| needle.to_lowercase());
        let mut all: Vec<String> = self.needles.iter().cloned().chain(lower).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// Makes needles and remembers them.
struct Writer {
    draw: Draw,
    needles: Vec<String>,
}

impl Writer {
    /// A name-like word of twelve letters that is in no language.
    fn word(&mut self) -> String {
        let letters: String = (0..6)
            .flat_map(|_| [*self.draw.pick(b"bdfgkmpqvwxz"), *self.draw.pick(b"aeiouy")])
            .map(char::from)
            .collect();
        let word = letters[..1].to_uppercase() + &letters[1..];
        self.keep(word)
    }

    /// A sentence of needles; a search for one of its words finds it.
    fn note(&mut self) -> String {
        [self.word(), self.word(), self.word(), self.word()].join(" ")
    }

    fn digits(&mut self) -> String {
        let digits = format!("7{}", self.draw.digits(11));
        self.keep(digits)
    }

    /// A number with six digits before and five after the point; the last is never 0, so that it prints as it is.
    fn number(&mut self) -> Value {
        let whole = self.draw.between(100_000, 999_999);
        let text = format!("{whole}.{}{}", self.draw.digits(4), self.draw.between(1, 9));
        let number = text.parse::<Number>().unwrap_or_else(|_| Number::from(whole));
        let printed = number.to_string();
        self.keep(printed);
        Value::Number(number)
    }

    /// A day before 1900, when no other patient was born.
    fn day(&mut self) -> String {
        let (year, month, day) =
            (self.draw.between(1871, 1899), self.draw.between(1, 12), self.draw.between(1, 28));
        self.keep(format!("{year}-{month:02}-{day:02}"))
    }

    fn identifier(&mut self) -> Value {
        json!([{ "system": format!("urn:canary:{}", self.word()), "value": self.digits() }])
    }

    fn concept(&mut self) -> Value {
        let coding = json!({ "system": format!("urn:canary:{}", self.word()), "code": self.word(), "display": self.word() });
        json!({ "coding": [coding], "text": self.note() })
    }

    fn quantity(&mut self) -> Value {
        json!({ "value": self.number(), "unit": self.word(), "system": "urn:canary:units", "code": self.word() })
    }

    fn person(&mut self) -> Value {
        json!({ "family": self.word(), "given": [self.word(), self.word()] })
    }

    fn telecom(&mut self) -> Value {
        json!([
            { "system": "phone", "value": self.digits() },
            { "system": "email", "value": format!("{}@{}.example", self.word(), self.word()) },
        ])
    }

    fn address(&mut self) -> Value {
        json!({ "line": [self.word()], "city": self.word(), "district": self.word(), "postalCode": self.digits() })
    }

    fn keep(&mut self, needle: String) -> String {
        self.needles.push(needle.clone());
        needle
    }
}

fn write(writer: &mut Writer, mut bundle: Bundle) -> Value {
    let subject = bundle.add(patient(writer));
    identity_and_contact(writer, &mut bundle, &subject);
    clinical(writer, &mut bundle, &subject);
    let device = field(writer, &mut bundle, &subject);
    stream(writer, &mut bundle, &subject, &device);
    bundle.into_json()
}

fn directory(writer: &mut Writer, mut bundle: Bundle) -> Value {
    let practitioner = bundle.add(json!({
        "resourceType": "Practitioner",
        "identifier": writer.identifier(),
        "name": [writer.person()],
        "telecom": writer.telecom(),
        "address": [writer.address()],
        "birthDate": writer.day(),
        "qualification": [{ "identifier": writer.identifier(), "code": writer.concept() }],
    }));
    let organization = bundle.add(json!({
        "resourceType": "Organization",
        "identifier": writer.identifier(),
        "name": writer.note(),
        "alias": [writer.word()],
        "telecom": writer.telecom(),
        "address": [writer.address()],
        "contact": [{ "name": writer.person(), "telecom": writer.telecom() }],
    }));
    bundle.add(json!({
        "resourceType": "Location",
        "identifier": writer.identifier(),
        "name": writer.note(),
        "description": writer.note(),
        "telecom": writer.telecom(),
        "address": writer.address(),
        "managingOrganization": organization,
    }));
    bundle.add(json!({
        "resourceType": "PractitionerRole",
        "identifier": writer.identifier(),
        "practitioner": practitioner,
        "organization": organization,
        "specialty": [writer.concept()],
        "telecom": writer.telecom(),
    }));
    bundle.into_json()
}

fn patient(writer: &mut Writer) -> Value {
    json!({
        "resourceType": "Patient",
        "extension": [{
            "url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
            "valueAddress": writer.address(),
        }],
        "identifier": writer.identifier(),
        "name": [writer.person()],
        "telecom": writer.telecom(),
        "gender": "other",
        "birthDate": writer.day(),
        "address": [writer.address()],
        "contact": [{ "name": writer.person(), "telecom": writer.telecom(), "address": writer.address() }],
        "communication": [{ "language": writer.concept() }],
    })
}

fn identity_and_contact(writer: &mut Writer, bundle: &mut Bundle, subject: &Value) {
    bundle.add(json!({
        "resourceType": "RelatedPerson",
        "identifier": writer.identifier(),
        "patient": subject,
        "name": [writer.person()],
        "telecom": writer.telecom(),
        "address": [writer.address()],
    }));
    bundle.add(json!({
        "resourceType": "Consent",
        "identifier": writer.identifier(),
        "status": "active",
        "scope": writer.concept(),
        "category": [writer.concept()],
        "patient": subject,
        "policy": [{ "uri": format!("urn:canary:{}", writer.word()) }],
    }));
}

fn clinical(writer: &mut Writer, bundle: &mut Bundle, subject: &Value) {
    bundle.add(json!({
        "resourceType": "Condition",
        "identifier": writer.identifier(),
        "code": writer.concept(),
        "subject": subject,
        "onsetDateTime": writer.day(),
        "note": [{ "text": writer.note() }],
    }));
    bundle.add(json!({
        "resourceType": "Observation",
        "identifier": writer.identifier(),
        "status": "final",
        "code": writer.concept(),
        "subject": subject,
        "effectiveDateTime": writer.day(),
        "valueQuantity": writer.quantity(),
        "note": [{ "text": writer.note() }],
    }));
    bundle.add(json!({
        "resourceType": "MedicationRequest",
        "identifier": writer.identifier(),
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": writer.concept(),
        "subject": subject,
        "requester": { "display": writer.word() },
        "dosageInstruction": [{ "text": writer.note(), "doseAndRate": [{ "doseQuantity": writer.quantity() }] }],
    }));
}

fn field(writer: &mut Writer, bundle: &mut Bundle, subject: &Value) -> Value {
    let device = bundle.add(json!({
        "resourceType": "Device",
        "identifier": writer.identifier(),
        "serialNumber": writer.digits(),
        "type": writer.concept(),
        "property": [{ "type": writer.concept(), "valueQuantity": [writer.quantity()] }],
        "patient": subject,
        "note": [{ "text": writer.note() }],
    }));
    let task = bundle.add(json!({
        "resourceType": "Task",
        "identifier": writer.identifier(),
        "status": "requested",
        "intent": "order",
        "code": writer.concept(),
        "description": writer.note(),
        "focus": device,
        "for": subject,
    }));
    bundle.add(json!({
        "resourceType": "Communication",
        "identifier": writer.identifier(),
        "status": "completed",
        "subject": subject,
        "about": [task],
        "payload": [{ "contentString": writer.note() }],
    }));
    device
}

fn stream(writer: &mut Writer, bundle: &mut Bundle, subject: &Value, device: &Value) {
    bundle.add(json!({
        "resourceType": "Observation",
        "identifier": writer.identifier(),
        "status": "final",
        "code": writer.concept(),
        "subject": subject,
        "effectiveDateTime": writer.day(),
        "valueQuantity": writer.quantity(),
        "device": device,
    }));
}
