//! Allergies and vaccinations.

use serde_json::{Value, json};

use crate::{
    chart::{Chart, instant},
    coding::{CVX, SNOMED, concept, hl7, worded},
    draw::Draw,
};

struct Allergy {
    snomed: &'static str,
    english: &'static str,
    italian: &'static str,
    category: &'static str,
    reaction: (&'static str, &'static str),
}

struct Vaccine {
    cvx: &'static str,
    english: &'static str,
    italian: &'static str,
    from_age: i64,
    days_ago: (i64, i64),
}

/// One or two allergies, or the statement that none is known.
pub(crate) fn allergies(chart: &mut Chart<'_>) {
    let mut draw = chart.draw("allergies");
    if draw.chance(45) {
        let none = no_known_allergy(chart, &mut draw);
        chart.bundle.add(none);
        return;
    }
    let first = draw.below(ALLERGIES.len() as u64) as usize;
    for step in 0..=usize::from(draw.chance(30)) {
        let allergy = intolerance(chart, &ALLERGIES[(first + step * 2) % ALLERGIES.len()], &mut draw);
        chart.bundle.add(allergy);
    }
}

/// Vaccinations by age: the last two seasons' influenza, and what else is due.
pub(crate) fn immunizations(chart: &mut Chart<'_>) {
    let mut draw = chart.draw("immunizations");
    let age = chart.age();
    for vaccine in VACCINES.iter().filter(|vaccine| vaccine.from_age <= age) {
        let given = immunization(chart, vaccine, &mut draw);
        chart.bundle.add(given);
    }
}

fn intolerance(chart: &Chart<'_>, allergy: &Allergy, draw: &mut Draw) -> Value {
    let mut resource = allergy_record(
        chart,
        worded(SNOMED, allergy.snomed, allergy.english, chart.say(allergy.english, allergy.italian)),
        draw,
    );
    resource["category"] = json!([allergy.category]);
    resource["criticality"] = json!(if draw.chance(25) { "high" } else { "low" });
    resource["reaction"] = json!([{
        "manifestation": [concept(SNOMED, allergy.reaction.0, allergy.reaction.1)],
        "severity": *draw.pick(&["mild", "moderate", "severe"]),
    }]);
    resource
}

fn no_known_allergy(chart: &Chart<'_>, draw: &mut Draw) -> Value {
    let text = chart.say("No known allergy", "Nessuna allergia nota");
    allergy_record(chart, worded(SNOMED, "716186003", "No known allergy", text), draw)
}

fn allergy_record(chart: &Chart<'_>, code: Value, draw: &mut Draw) -> Value {
    let days = draw.between(400, 6000);
    json!({
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": hl7("allergyintolerance-clinical", "active", "Active"),
        "verificationStatus": hl7("allergyintolerance-verification", "confirmed", "Confirmed"),
        "type": "allergy",
        "code": code,
        "patient": chart.subject,
        "recordedDate": instant(chart.days_ago(days), 9 * 60 + days % 200),
        "recorder": chart.physician,
    })
}

fn immunization(chart: &Chart<'_>, vaccine: &Vaccine, draw: &mut Draw) -> Value {
    let days = draw.between(vaccine.days_ago.0, vaccine.days_ago.1);
    json!({
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": worded(CVX, vaccine.cvx, vaccine.english, chart.say(vaccine.english, vaccine.italian)),
        "patient": chart.subject,
        "occurrenceDateTime": instant(chart.days_ago(days), 9 * 60 + days % 240),
        "primarySource": true,
        "lotNumber": format!("L{}", draw.digits(6)),
        "site": hl7("v3-ActSite", "LA", "left arm"),
        "route": hl7("v3-RouteOfAdministration", "IM", "Injection, intramuscular"),
        "performer": [{
            "function": hl7("v2-0443", "AP", "Administering Provider"),
            "actor": chart.hospital,
        }],
    })
}

const WHEAL: (&str, &str) = ("126485001", "Urticaria");
const RASH: (&str, &str) = ("271807003", "Eruption of skin");
const RHINITIS: (&str, &str) = ("70076002", "Rhinitis");
const ANAPHYLAXIS: (&str, &str) = ("39579001", "Anaphylaxis");

const fn allergy(
    snomed: &'static str,
    english: &'static str,
    italian: &'static str,
    category: &'static str,
    reaction: (&'static str, &'static str),
) -> Allergy {
    Allergy { snomed, english, italian, category, reaction }
}

const ALLERGIES: [Allergy; 7] = [
    allergy("91936005", "Allergy to penicillin", "Allergia alla penicillina", "medication", WHEAL),
    allergy("418689008", "Allergy to grass pollen", "Allergia alle graminacee", "environment", RHINITIS),
    allergy(
        "293586001",
        "Allergy to aspirin",
        "Allergia all'acido acetilsalicilico",
        "medication",
        ANAPHYLAXIS,
    ),
    allergy("91935009", "Allergy to peanut", "Allergia alle arachidi", "food", ANAPHYLAXIS),
    allergy("300916003", "Latex allergy", "Allergia al lattice", "environment", RASH),
    allergy(
        "232350006",
        "House dust mite allergy",
        "Allergia agli acari della polvere",
        "environment",
        RHINITIS,
    ),
    allergy("91930004", "Allergy to egg", "Allergia all'uovo", "food", RASH),
];

const fn vaccine(
    cvx: &'static str,
    english: &'static str,
    italian: &'static str,
    from_age: i64,
    days_ago: (i64, i64),
) -> Vaccine {
    Vaccine { cvx, english, italian, from_age, days_ago }
}

const VACCINES: [Vaccine; 6] = [
    vaccine("140", "Influenza, seasonal, injectable, preservative free", "Influenza stagionale", 0, (30, 90)),
    vaccine(
        "140",
        "Influenza, seasonal, injectable, preservative free",
        "Influenza stagionale",
        0,
        (395, 455),
    ),
    vaccine("113", "Td (adult), preservative free", "Difterite-tetano, richiamo", 0, (500, 3500)),
    vaccine("208", "COVID-19, mRNA, 30 mcg/0.3 mL dose", "COVID-19, mRNA", 0, (300, 700)),
    vaccine("187", "Zoster recombinant", "Herpes zoster ricombinante", 60, (100, 900)),
    vaccine("33", "Pneumococcal polysaccharide, 23 valent", "Pneumococco 23-valente", 65, (200, 1500)),
];
