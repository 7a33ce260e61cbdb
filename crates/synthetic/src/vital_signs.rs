//! Vital signs, at every visit.

use serde_json::{Value, json};

use crate::{
    body::Body,
    chart::Chart,
    coding::{LOINC, SNOMED, concept, hl7, worded},
    draw::Draw,
    encounters::Visit,
    measurement::{Analyte, at_visit, with_value},
};

type Model = fn(&Body, i64, &mut Draw) -> i64;

/// Adds the five vital signs of each visit.
pub(crate) fn measure(chart: &mut Chart<'_>, body: &Body, visits: &[Visit]) {
    let mut draw = chart.draw("vital signs");
    for visit in visits {
        let pressure = blood_pressure(chart, body, visit, &mut draw);
        chart.bundle.add(pressure);
        for (minute, (analyte, model)) in (5..).zip(&SIGNS) {
            let units = model(body, visit.progress, &mut draw);
            let place = at_visit(chart, visit, category(), analyte.code(chart), minute);
            chart.bundle.add(with_value(place, analyte, units));
        }
    }
}

fn blood_pressure(chart: &Chart<'_>, body: &Body, visit: &Visit, draw: &mut Draw) -> Value {
    let name = "Blood pressure panel with all children optional";
    let code = worded(LOINC, "85354-9", name, chart.say("Blood pressure", "Pressione arteriosa"));
    let mut panel = at_visit(chart, visit, category(), code, 4);
    panel["bodySite"] = concept(SNOMED, "368209003", "Right upper arm structure");
    panel["component"] = PRESSURES
        .iter()
        .map(|(analyte, model)| {
            let units = model(body, visit.progress, draw);
            with_value(json!({ "code": analyte.code(chart) }), analyte, units)
        })
        .collect();
    panel
}

fn category() -> Value {
    hl7("observation-category", "vital-signs", "Vital Signs")
}

const PRESSURES: [(Analyte, Model); 2] = [
    (
        Analyte {
            loinc: "8480-6",
            english: "Systolic blood pressure",
            italian: "Pressione sistolica",
            unit: "mmHg",
            ucum: "mm[Hg]",
            places: 0,
            low: Some(90),
            high: Some(140),
        },
        Body::systolic,
    ),
    (
        Analyte {
            loinc: "8462-4",
            english: "Diastolic blood pressure",
            italian: "Pressione diastolica",
            unit: "mmHg",
            ucum: "mm[Hg]",
            places: 0,
            low: Some(60),
            high: Some(90),
        },
        Body::diastolic,
    ),
];

const SIGNS: [(Analyte, Model); 4] = [
    (
        Analyte {
            loinc: "8867-4",
            english: "Heart rate",
            italian: "Frequenza cardiaca",
            unit: "beats/minute",
            ucum: "/min",
            places: 0,
            low: Some(50),
            high: Some(95),
        },
        Body::heart_rate,
    ),
    (
        Analyte {
            loinc: "29463-7",
            english: "Body weight",
            italian: "Peso corporeo",
            unit: "kg",
            ucum: "kg",
            places: 1,
            low: None,
            high: None,
        },
        Body::weight,
    ),
    (
        Analyte {
            loinc: "59408-5",
            english: "Oxygen saturation in Arterial blood by Pulse oximetry",
            italian: "Saturazione di ossigeno",
            unit: "%",
            ucum: "%",
            places: 0,
            low: Some(94),
            high: None,
        },
        Body::saturation,
    ),
    (
        Analyte {
            loinc: "8310-5",
            english: "Body temperature",
            italian: "Temperatura corporea",
            unit: "°C",
            ucum: "Cel",
            places: 1,
            low: Some(358),
            high: Some(375),
        },
        Body::temperature,
    ),
];
