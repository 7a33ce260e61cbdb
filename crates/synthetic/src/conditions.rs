//! Chronic conditions: which there are, how likely with age, and which make others likelier.

use serde_json::{Value, json};

use crate::{
    body::Body,
    chart::{Chart, instant},
    coding::{ICD10, SNOMED, coding, hl7},
};

/// A chronic condition that the model of the body knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disease {
    Hypertension,
    Hyperlipidemia,
    Diabetes,
    Nephropathy,
    HeartFailure,
    AtrialFibrillation,
    Copd,
    Asthma,
    Osteoarthritis,
    Depression,
    Hypothyroidism,
    CognitiveImpairment,
    Parkinson,
}

struct Entry {
    disease: Disease,
    snomed: &'static str,
    icd10: &'static str,
    english: &'static str,
    italian: &'static str,
    /// Percent below 50, below 70, and from 70 years on.
    prevalence: [u64; 3],
    /// Present with this one, it is three times as likely.
    drives: Option<Disease>,
}

/// Most people have a few of these; nobody has more than this many, nor none.
const MOST: usize = 5;

/// Draws the patient's conditions, adds them to the chart, and answers with the body that has them.
pub(crate) fn diagnose(chart: &mut Chart<'_>) -> Body {
    let mut draw = chart.draw("conditions");
    let bracket = match chart.age() {
        ..50 => 0,
        50..70 => 1,
        _ => 2,
    };
    let mut diseases: Vec<Disease> = Vec::new();
    for entry in &ENTRIES {
        let factor = if entry.drives.is_some_and(|cause| diseases.contains(&cause)) { 3 } else { 1 };
        if draw.chance(entry.prevalence[bracket] * factor) && diseases.len() < MOST {
            diseases.push(entry.disease);
        }
    }
    if diseases.is_empty() {
        diseases.push(if draw.chance(50) { Disease::Hypertension } else { Disease::Hyperlipidemia });
    }
    let recorded = diseases.into_iter().map(|disease| {
        let onset_days = draw.between(760, 4200);
        let resource = condition(chart, entry(disease), onset_days, draw.below(3));
        (disease, chart.bundle.add(resource))
    });
    let recorded = recorded.collect();
    Body::new(chart, recorded)
}

fn condition(chart: &Chart<'_>, entry: &Entry, onset_days: i64, severity: u64) -> Value {
    let severity = match severity {
        0 => ("255604002", "Mild"),
        1 => ("6736007", "Moderate"),
        _ => ("24484000", "Severe"),
    };
    json!({
        "resourceType": "Condition",
        "clinicalStatus": hl7("condition-clinical", "active", "Active"),
        "verificationStatus": hl7("condition-ver-status", "confirmed", "Confirmed"),
        "category": [hl7("condition-category", "problem-list-item", "Problem List Item")],
        "severity": { "coding": [coding(SNOMED, severity.0, severity.1)] },
        "code": {
            "coding": [coding(SNOMED, entry.snomed, entry.english), coding(ICD10, entry.icd10, entry.english)],
            "text": chart.say(entry.english, entry.italian),
        },
        "subject": chart.subject,
        "onsetDateTime": chart.days_ago(onset_days).to_string(),
        "recordedDate": instant(chart.days_ago(onset_days - 14), 9 * 60 + onset_days % 180),
        "recorder": chart.physician,
        "asserter": chart.physician,
        "note": [{ "text": chart.say(
            "Known for years; reviewed at every visit, treatment adjusted to the last results.",
            "Nota da anni; rivalutata a ogni visita, terapia adeguata agli ultimi risultati.",
        ) }],
    })
}

fn entry(disease: Disease) -> &'static Entry {
    // The table is in the order of the enum: a test holds that.
    &ENTRIES[disease as usize]
}

macro_rules! entries {
    ($($disease:ident $snomed:literal $icd10:literal $english:literal $italian:literal $prevalence:expr, $drives:expr;)*) => {
        [$(Entry {
            disease: Disease::$disease,
            snomed: $snomed,
            icd10: $icd10,
            english: $english,
            italian: $italian,
            prevalence: $prevalence,
            drives: $drives,
        }),*]
    };
}

static ENTRIES: [Entry; 13] = entries! {
    Hypertension "59621000" "I10" "Essential hypertension" "Ipertensione arteriosa essenziale" [14, 42, 64], None;
    Hyperlipidemia "55822004" "E78.5" "Hyperlipidemia" "Iperlipidemia" [12, 34, 40], None;
    Diabetes "44054006" "E11.9" "Type 2 diabetes mellitus" "Diabete mellito di tipo 2" [5, 17, 24], None;
    Nephropathy "433144002" "N18.3" "Chronic kidney disease stage 3" "Malattia renale cronica, stadio 3" [1, 5, 12], Some(Disease::Diabetes);
    HeartFailure "84114007" "I50.9" "Heart failure" "Scompenso cardiaco" [1, 3, 7], Some(Disease::Hypertension);
    AtrialFibrillation "49436004" "I48.9" "Atrial fibrillation" "Fibrillazione atriale" [1, 4, 12], Some(Disease::HeartFailure);
    Copd "13645005" "J44.9" "Chronic obstructive lung disease" "Broncopneumopatia cronica ostruttiva" [2, 8, 13], None;
    Asthma "195967001" "J45.9" "Asthma" "Asma bronchiale" [9, 6, 5], None;
    Osteoarthritis "239873007" "M17.9" "Osteoarthritis of knee" "Gonartrosi" [2, 15, 27], None;
    Depression "35489007" "F32.9" "Depressive disorder" "Disturbo depressivo" [9, 9, 9], None;
    Hypothyroidism "40930008" "E03.9" "Hypothyroidism" "Ipotiroidismo" [4, 7, 9], None;
    CognitiveImpairment "386805003" "F06.7" "Mild cognitive disorder" "Disturbo cognitivo lieve" [0, 4, 15], None;
    Parkinson "49049000" "G20" "Parkinson's disease" "Malattia di Parkinson" [0, 2, 5], None;
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (index, entry) in ENTRIES.iter().enumerate() {
            assert_eq!(entry.disease as usize, index);
        }
    }
}
