//! Laboratory results, every six months, each round with its report.

use serde_json::{Value, json};

use crate::{
    body::Body,
    chart::{Chart, instant},
    coding::{LOINC, hl7, worded},
    encounters::Visit,
    measurement::{Analyte, at_visit, with_value},
};

/// Every this many visits blood is taken, from the first on.
const EVERY: usize = 2;

/// Adds the results and the reports.
pub(crate) fn analyse(chart: &mut Chart<'_>, body: &Body, visits: &[Visit]) {
    for visit in visits.iter().step_by(EVERY).take(4) {
        let results: Vec<Value> = ANALYTES
            .iter()
            .zip(values(chart, body, visit))
            .map(|(analyte, units)| {
                let result = result(chart, visit, analyte, units);
                chart.bundle.add(result)
            })
            .collect();
        let report = report(chart, visit, &results);
        chart.bundle.add(report);
    }
}

/// In the order of [`ANALYTES`].
fn values(chart: &Chart<'_>, body: &Body, visit: &Visit) -> [i64; 9] {
    let progress = visit.progress;
    let draw = &mut chart.draw("laboratory").fork(&progress.to_string());
    let [total, hdl, triglycerides] = body.lipids(progress, draw);
    [
        body.glucose(progress, draw),
        body.hba1c(progress, draw),
        body.creatinine(progress, draw),
        body.potassium(progress, draw),
        body.hemoglobin(progress, draw),
        total,
        hdl,
        triglycerides,
        // Friedewald's estimate, as laboratories do it.
        total - hdl - triglycerides / 5,
    ]
}

fn result(chart: &Chart<'_>, visit: &Visit, analyte: &Analyte, units: i64) -> Value {
    let place = at_visit(chart, visit, category(), analyte.code(chart), 15);
    with_value(place, analyte, units)
}

fn category() -> Value {
    hl7("observation-category", "laboratory", "Laboratory")
}

fn report(chart: &Chart<'_>, visit: &Visit, results: &[Value]) -> Value {
    let text = chart.say("Laboratory report", "Referto di laboratorio");
    json!({
        "resourceType": "DiagnosticReport",
        "status": "final",
        "category": [hl7("v2-0074", "LAB", "Laboratory")],
        "code": worded(LOINC, "11502-2", "Laboratory report", text),
        "subject": chart.subject,
        "encounter": visit.reference,
        "effectiveDateTime": instant(visit.day, visit.minute + 15),
        "issued": instant(visit.day, visit.minute + 240),
        "performer": [chart.hospital],
        "resultsInterpreter": [chart.physician],
        "result": results,
        "conclusion": chart.say(
            "Results reviewed with the patient. Next tests in six months, sooner if symptoms change.",
            "Risultati discussi con la persona assistita. Prossimi esami fra sei mesi, prima se cambiano i sintomi.",
        ),
    })
}

/// One row of the table below: LOINC, names, unit as printed and as UCUM are the same, decimal places, range.
const fn analyte(
    loinc: &'static str,
    (english, italian): (&'static str, &'static str),
    unit: &'static str,
    places: u32,
    (low, high): (Option<i64>, Option<i64>),
) -> Analyte {
    Analyte { loinc, english, italian, unit, ucum: unit, places, low, high }
}

const ANALYTES: [Analyte; 9] = [
    analyte(
        "2345-7",
        ("Glucose [Mass/volume] in Serum or Plasma", "Glicemia"),
        "mg/dL",
        0,
        (Some(70), Some(99)),
    ),
    analyte(
        "4548-4",
        ("Hemoglobin A1c/Hemoglobin.total in Blood", "Emoglobina glicata"),
        "%",
        1,
        (None, Some(56)),
    ),
    analyte(
        "2160-0",
        ("Creatinine [Mass/volume] in Serum or Plasma", "Creatinina"),
        "mg/dL",
        2,
        (Some(55), Some(118)),
    ),
    analyte(
        "2823-3",
        ("Potassium [Moles/volume] in Serum or Plasma", "Potassio"),
        "mmol/L",
        1,
        (Some(35), Some(51)),
    ),
    analyte("718-7", ("Hemoglobin [Mass/volume] in Blood", "Emoglobina"), "g/dL", 1, (Some(120), Some(170))),
    analyte(
        "2093-3",
        ("Cholesterol [Mass/volume] in Serum or Plasma", "Colesterolo totale"),
        "mg/dL",
        0,
        (None, Some(200)),
    ),
    analyte(
        "2085-9",
        ("Cholesterol in HDL [Mass/volume] in Serum or Plasma", "Colesterolo HDL"),
        "mg/dL",
        0,
        (Some(40), None),
    ),
    analyte(
        "2571-8",
        ("Triglyceride [Mass/volume] in Serum or Plasma", "Trigliceridi"),
        "mg/dL",
        0,
        (None, Some(150)),
    ),
    analyte(
        "13457-7",
        ("Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation", "Colesterolo LDL calcolato"),
        "mg/dL",
        0,
        (None, Some(130)),
    ),
];
