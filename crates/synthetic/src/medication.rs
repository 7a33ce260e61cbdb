//! Medicines for the conditions.

use serde_json::{Value, json};

use crate::{
    body::Body,
    chart::{Chart, instant},
    coding::{ATC, SNOMED, UCUM, concept, worded},
    conditions::Disease,
    draw::Draw,
};

struct Medicine {
    atc: &'static str,
    name: &'static str,
    /// Strengths in milligrams or, inhaled and thyroid, micrograms.
    strengths: &'static [i64],
    unit: &'static str,
    times_a_day: i64,
    inhaled: bool,
}

/// One prescription for each condition.
pub(crate) fn prescribe(chart: &mut Chart<'_>, body: &Body) {
    let mut draw = chart.draw("medication");
    for (disease, reason) in body.conditions() {
        let medicine = draw.pick(medicines(*disease));
        let prescription = request(chart, medicine, reason, &mut draw);
        chart.bundle.add(prescription);
    }
}

fn request(chart: &Chart<'_>, medicine: &Medicine, reason: &Value, draw: &mut Draw) -> Value {
    let strength = *draw.pick(medicine.strengths);
    let days = draw.between(20, 350);
    let text = format!("{} {strength} {}", medicine.name, medicine.unit);
    json!({
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "category": [concept(
            "http://terminology.hl7.org/CodeSystem/medicationrequest-category", "community", "Community",
        )],
        "medicationCodeableConcept": worded(ATC, medicine.atc, medicine.name, &text),
        "subject": chart.subject,
        "authoredOn": instant(chart.days_ago(days), 8 * 60 + days % 500),
        "requester": chart.physician,
        "reasonReference": [reason],
        "dosageInstruction": [dosage(chart, medicine, strength)],
        "dispenseRequest": {
            "validityPeriod": {
                "start": chart.days_ago(days).to_string(),
                "end": chart.days_ago(days - 365).to_string(),
            },
            "numberOfRepeatsAllowed": draw.between(2, 11),
            "expectedSupplyDuration": { "value": 30, "unit": "days", "system": UCUM, "code": "d" },
        },
    })
}

fn dosage(chart: &Chart<'_>, medicine: &Medicine, strength: i64) -> Value {
    let times = match medicine.times_a_day {
        1 => chart.say("once a day", "una volta al giorno"),
        2 => chart.say("twice a day", "due volte al giorno"),
        _ => chart.say("three times a day", "tre volte al giorno"),
    };
    let route = if medicine.inhaled {
        concept(SNOMED, "447694001", "Respiratory tract route")
    } else {
        concept(SNOMED, "26643006", "Oral route")
    };
    let ucum = if medicine.unit == "mg" { "mg" } else { "ug" };
    json!({
        "sequence": 1,
        "text": format!("{strength} {} {times}", medicine.unit),
        "timing": { "repeat": { "frequency": medicine.times_a_day, "period": 1, "periodUnit": "d" } },
        "route": route,
        "doseAndRate": [{
            "doseQuantity": { "value": strength, "unit": medicine.unit, "system": UCUM, "code": ucum },
        }],
    })
}

const fn oral(
    atc: &'static str,
    name: &'static str,
    strengths: &'static [i64],
    times_a_day: i64,
) -> Medicine {
    Medicine { atc, name, strengths, unit: "mg", times_a_day, inhaled: false }
}

const fn inhaled(
    atc: &'static str,
    name: &'static str,
    strengths: &'static [i64],
    times_a_day: i64,
) -> Medicine {
    Medicine { atc, name, strengths, unit: "mcg", times_a_day, inhaled: true }
}

const fn medicines(disease: Disease) -> &'static [Medicine] {
    match disease {
        Disease::Hypertension => {
            const { &[oral("C09AA05", "ramipril", &[5, 10], 1), oral("C08CA01", "amlodipine", &[5, 10], 1)] }
        }
        Disease::Hyperlipidemia => const { &[oral("C10AA05", "atorvastatin", &[20, 40], 1)] },
        Disease::Diabetes => const { &[oral("A10BA02", "metformin", &[500, 850, 1000], 2)] },
        Disease::Nephropathy => const { &[oral("A10BK01", "dapagliflozin", &[10], 1)] },
        Disease::HeartFailure => {
            const { &[oral("C03CA01", "furosemide", &[25, 50], 1), oral("C07AB07", "bisoprolol", &[3, 5], 1)] }
        }
        Disease::AtrialFibrillation => const { &[oral("B01AF02", "apixaban", &[5], 2)] },
        Disease::Copd => const { &[inhaled("R03BB04", "tiotropium bromide", &[18], 1)] },
        Disease::Asthma => const { &[inhaled("R03AC02", "salbutamol", &[100, 200], 2)] },
        Disease::Osteoarthritis => const { &[oral("N02BE01", "paracetamol", &[500, 1000], 3)] },
        Disease::Depression => const { &[oral("N06AB06", "sertraline", &[50, 100], 1)] },
        Disease::Hypothyroidism => {
            const {
                &[Medicine {
                    atc: "H03AA01",
                    name: "levothyroxine sodium",
                    strengths: &[50, 75, 100],
                    unit: "mcg",
                    times_a_day: 1,
                    inhaled: false,
                }]
            }
        }
        Disease::CognitiveImpairment => const { &[oral("N06DA02", "donepezil", &[5, 10], 1)] },
        Disease::Parkinson => {
            const { &[oral("N04BA02", "levodopa and decarboxylase inhibitor", &[100, 200], 3)] }
        }
    }
}
