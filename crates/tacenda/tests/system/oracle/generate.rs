//! Queries of every form, made from the values that are there.

use serde_json::Value;
use tacenda_fhir::{SearchParameter, parameters};
use tacenda_kernel::Random as _;
use tacenda_testkit::SeededRandom;

use super::{
    data::{Pool, Scope},
    evaluate::{Asked, elements},
};

/// A kind of parameter with a modifier, a prefix or a way to write its value.
pub(super) const FORMS: &[(&str, &str)] = &[
    ("token", "code"),
    ("token", "system|code"),
    ("token", "system|"),
    ("token", "not"),
    ("token", "missing"),
    ("string", "begins"),
    ("string", "begins"),
    ("string", "exact"),
    ("string", "contains"),
    ("string", "missing"),
    ("date", "eq"),
    ("date", ""),
    ("date", "ne"),
    ("date", "gt"),
    ("date", "lt"),
    ("date", "ge"),
    ("date", "le"),
    ("date", "sa"),
    ("date", "eb"),
    ("date", "ap"),
    ("date", "missing"),
    ("reference", "id"),
    ("reference", "type/id"),
    ("reference", ":type"),
    ("reference", "url"),
    ("reference", "missing"),
    ("quantity", "eq"),
    ("quantity", ""),
    ("quantity", "ne"),
    ("quantity", "gt"),
    ("quantity", "lt"),
    ("quantity", "ge"),
    ("quantity", "le"),
    ("quantity", "sa"),
    ("quantity", "eb"),
    ("quantity", "ap"),
    ("quantity", "missing"),
    ("uri", "whole"),
    ("uri", "missing"),
    ("id", "_id"),
];

/// Among all patients one of these must say whom.
const NARROWING: &[(&str, &str)] = &[
    ("name", "begins"),
    ("family", "begins"),
    ("given", "begins"),
    ("birthdate", "eq"),
    ("identifier", "code"),
    ("phone", "code"),
];

pub(super) struct Draw(pub(super) SeededRandom);

impl Draw {
    pub(super) fn below(&self, end: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        usize::try_from(u64::from_le_bytes(bytes) % u64::try_from(end).unwrap()).unwrap()
    }

    pub(super) fn one<'a, T>(&self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    fn percent(&self, chance: usize) -> bool {
        self.below(100) < chance
    }
}

/// A query of this form on one of the pools, with what else it asks.
pub(super) fn query<'a>(draw: &Draw, pools: &'a [Pool], form: (&str, &str)) -> (&'a Pool, Vec<Asked>) {
    for _ in 0..10_000 {
        let pool = draw.one(pools);
        let Some(first) = asked(draw, pool, form) else { continue };
        let mut all = vec![first];
        if pool.scope == Scope::Patients {
            let (name, form) = *draw.one(NARROWING);
            let parameter = tacenda_fhir::parameter(pool.kind, name).unwrap();
            let Some(narrowing) = of(draw, pool, parameter, form) else { continue };
            all.insert(0, narrowing);
        }
        while draw.percent(40) {
            all.extend(asked(draw, pool, *draw.one(FORMS)));
        }
        return (pool, all);
    }
    panic!("nothing here can be asked by {form:?}")
}

fn asked(draw: &Draw, pool: &Pool, (kind, form): (&str, &str)) -> Option<Asked> {
    let all = parameters(pool.kind).into_iter();
    let fit: Vec<SearchParameter> = match kind {
        "id" => all.filter(|parameter| parameter.name == "_id").collect(),
        kind => all.filter(|parameter| !parameter.is_id() && parameter.fhir_type() == kind).collect(),
    };
    let among_all = pool.scope != Scope::OfPatient;
    if fit.is_empty() || (among_all && ["contains", "system|", "_id"].contains(&form)) {
        return None;
    }
    of(draw, pool, *draw.one(&fit), form)
}

fn of(draw: &Draw, pool: &Pool, parameter: SearchParameter, form: &str) -> Option<Asked> {
    let mut modifier = ["not", "missing", "exact", "contains"].contains(&form).then(|| form.to_owned());
    if form == "missing" {
        let values = vec![draw.one(&["true", "false"]).to_string()];
        return Some(Asked { parameter, modifier, values });
    }
    let mut values = vec![value(draw, pool, &parameter, form)?];
    if form == ":type" {
        let (kind, id) = values[0].split_once('/')?;
        modifier = Some(kind.to_owned());
        values = vec![id.to_owned()];
    } else {
        while values.len() < 4 && draw.percent(30) {
            values.extend(value(draw, pool, &parameter, form));
        }
    }
    Some(Asked { parameter, modifier, values })
}

/// A value that one of the resources has, or nearly.
fn value(draw: &Draw, pool: &Pool, parameter: &SearchParameter, form: &str) -> Option<String> {
    if form == "_id" {
        return Some(draw.one(&pool.resources)["id"].as_str()?.to_owned());
    }
    let having: Vec<&Value> =
        pool.resources.iter().filter(|resource| !elements(resource, parameter).is_empty()).collect();
    if having.is_empty() {
        return None;
    }
    let resource = having[draw.below(having.len())];
    let element = *draw.one(&elements(resource, parameter));
    match parameter.fhir_type() {
        "token" => token(draw, element, form),
        "string" => text(draw, element.as_str()?, parameter, form),
        "date" => date(draw, element, form),
        "reference" => reference(element, form),
        "quantity" => quantity(draw, element, form),
        _ => element.as_str().map(str::to_owned),
    }
}

fn token(draw: &Draw, element: &Value, form: &str) -> Option<String> {
    let coding = match element.get("coding") {
        Some(codings) => draw.one(codings.as_array()?.as_slice()),
        None => element,
    };
    let said = coding.get("code").or(coding.get("value")).unwrap_or(coding);
    let code = if draw.percent(10) {
        "no-such-code".to_owned()
    } else {
        said.as_str().map_or_else(|| said.to_string(), str::to_owned)
    };
    let system = coding["system"].as_str().filter(|system| system.contains(':'));
    match form {
        "system|code" => Some(format!("{}|{code}", system?)),
        "system|" => Some(format!("{}|", system?)),
        _ => (said.is_string() || said.is_boolean()).then_some(code),
    }
}

fn text(draw: &Draw, text: &str, parameter: &SearchParameter, form: &str) -> Option<String> {
    let from = match form {
        "exact" => return Some(text.to_owned()),
        "contains" => draw.below(text.chars().count()),
        _ => 0,
    };
    let word = match (form, parameter.name) {
        ("begins", "name" | "address") => *draw.one(&text.split_whitespace().collect::<Vec<_>>()),
        _ => text,
    };
    let letters = 3 + draw.below(6);
    let part: String = word.chars().skip(from).take(letters).collect();
    let searchable = part.chars().filter(|letter| letter.is_alphanumeric()).count() >= 3;
    searchable.then(|| if draw.percent(30) { part.to_uppercase() } else { part })
}

fn date(draw: &Draw, element: &Value, prefix: &str) -> Option<String> {
    let ends = [element.as_str(), element["start"].as_str(), element["end"].as_str()];
    let text = *draw.one(&ends.into_iter().flatten().collect::<Vec<_>>());
    let shorter: Vec<usize> = [4, 7, 10].into_iter().filter(|length| *length < text.len()).collect();
    let cut = if shorter.is_empty() || draw.percent(25) { text.len() } else { *draw.one(&shorter) };
    Some(format!("{prefix}{}", &text[..cut]))
}

fn reference(element: &Value, form: &str) -> Option<String> {
    let said = element["reference"].as_str()?;
    let (_, id) = said.split_once('/')?;
    match form {
        "id" => Some(id.to_owned()),
        "url" => Some(format!("{}/fhir/{said}", crate::common::ORIGIN)),
        _ => Some(said.to_owned()),
    }
}

fn quantity(draw: &Draw, element: &Value, prefix: &str) -> Option<String> {
    let mut number = element.get("value")?.to_string();
    if let Some((whole, fraction)) = number.clone().split_once('.') {
        let kept = draw.below(fraction.len() + 1);
        number = if kept == 0 { whole.to_owned() } else { format!("{whole}.{}", &fraction[..kept]) };
    }
    let unit = match (draw.below(3), element["system"].as_str(), element["code"].as_str()) {
        (1, Some(system), Some(code)) => format!("|{system}|{code}"),
        (2, _, Some(code)) => format!("||{code}"),
        _ => String::new(),
    };
    Some(format!("{prefix}{number}{unit}"))
}
