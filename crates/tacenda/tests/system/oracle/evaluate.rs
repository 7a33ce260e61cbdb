//! What FHIR R4 §3.1.1.4 says about one parameter and one resource, written plainly and apart from the server.

use serde_json::Value;
use tacenda_fhir::SearchParameter;

use super::{
    decimal::Decimal,
    moments::{Moments, now_in_microseconds},
};

/// A parameter of a query as its URL has it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) parameter: SearchParameter,
    pub(super) modifier: Option<String>,
    pub(super) values: Vec<String>,
}

impl Asked {
    pub(super) fn name(&self) -> String {
        match &self.modifier {
            None => self.parameter.name.to_owned(),
            Some(modifier) => format!("{}:{modifier}", self.parameter.name),
        }
    }

    pub(super) fn matches(&self, resource: &Value) -> bool {
        if self.parameter.name == "_id" {
            return self.values.iter().any(|value| resource["id"] == *value);
        }
        let found = elements(resource, &self.parameter);
        let any = |fits: &dyn Fn(&Value, &str) -> bool| {
            self.values.iter().any(|value| found.iter().any(|element| fits(element, value)))
        };
        match (self.modifier.as_deref(), self.parameter.fhir_type()) {
            (Some("missing"), _) => self.values.iter().any(|value| found.is_empty() == (value == "true")),
            (Some("not"), _) => !any(&token),
            (Some("exact"), _) => any(&|element, value| element == value),
            (Some("contains"), _) => any(&|element, value| {
                element.as_str().is_some_and(|text| plain(text).contains(&plain(value)))
            }),
            (None, "string") => any(&|element, value| {
                let whole = ["name", "address"].contains(&self.parameter.name);
                element.as_str().is_some_and(|text| begins(&plain(text), &plain(value), whole))
            }),
            (None, "token") => any(&token),
            (None, "uri") => any(&|element, value| element == value),
            (None, "date") => any(&date),
            (None, "quantity") => any(&quantity),
            (of_type, "reference") => any(&|element, value| reference(element, value, of_type)),
            (modifier, kind) => panic!("{modifier:?} of a {kind}"),
        }
    }
}

/// The values that a parameter looks at.
pub(super) fn elements<'a>(resource: &'a Value, parameter: &SearchParameter) -> Vec<&'a Value> {
    parameter.elements().iter().flat_map(|path| at(resource, path)).collect()
}

fn at<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut here = vec![value];
    for step in path.split('.') {
        let (name, condition) = step.split_once('?').unwrap_or((step, ""));
        let inner = here.into_iter().filter_map(|value| value.get(name));
        let all =
            inner.flat_map(|value| value.as_array().map_or_else(|| vec![value], |all| all.iter().collect()));
        here =
            all.filter(|value| condition.split_once('=').is_none_or(|(key, is)| value[key] == is)).collect();
    }
    here
}

fn token(element: &Value, value: &str) -> bool {
    let (system, code) = match value.split_once('|') {
        Some((system, code)) => (Some(system), code),
        None => (None, value),
    };
    let codings: Vec<&Value> = match element.get("coding") {
        Some(codings) => codings.as_array().unwrap().iter().collect(),
        None => vec![element],
    };
    codings.iter().any(|coding| {
        let said = coding.get("code").or(coding.get("value")).unwrap_or(coding);
        let said = said.as_str().map_or_else(|| said.to_string(), str::to_owned);
        let fits = system.is_none_or(|system| coding["system"].as_str().unwrap_or_default() == system);
        (code.is_empty() || said == code) && fits
    })
}

/// Lower case, no marks on letters, nothing but letters and figures and single spaces.
pub(super) fn plain(text: &str) -> String {
    let marks = [
        ("àáâãäå", 'a'),
        ("èéêë", 'e'),
        ("ìíîï", 'i'),
        ("òóôõö", 'o'),
        ("ùúûü", 'u'),
        ("ñ", 'n'),
        ("ç", 'c'),
    ];
    let bare =
        |letter: char| marks.iter().find(|(all, _)| all.contains(letter)).map_or(letter, |(_, base)| *base);
    let lower: String =
        text.to_lowercase().chars().filter(|letter| !"'’`".contains(*letter)).map(bare).collect();
    let words = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

fn begins(text: &str, beginning: &str, at_any_word: bool) -> bool {
    text.starts_with(beginning) || (at_any_word && text.contains(&format!(" {beginning}")))
}

/// The prefix and what is behind it.
fn prefixed(value: &str) -> (&str, &str) {
    match value.get(..2) {
        Some(prefix) if prefix.bytes().all(|byte| byte.is_ascii_lowercase()) => (prefix, &value[2..]),
        _ => ("eq", value),
    }
}

fn date(element: &Value, value: &str) -> bool {
    let (prefix, value) = prefixed(value);
    let Some(said) = Moments::of(element) else { return false };
    let asked = Moments::read(value);
    let equal = asked.from <= said.from && said.until <= asked.until;
    match prefix {
        "eq" => equal,
        "ne" => !equal,
        "gt" => said.until > asked.until,
        "lt" => said.from < asked.from,
        "ge" => said.until > asked.until || equal,
        "le" => said.from < asked.from || equal,
        "sa" => said.from >= asked.until,
        "eb" => said.until <= asked.from,
        "ap" => {
            let tenth = (now_in_microseconds() - asked.from).abs() / 10;
            said.until > asked.from - tenth && said.from < asked.until + tenth
        }
        prefix => panic!("{prefix}"),
    }
}

fn quantity(element: &Value, value: &str) -> bool {
    let parts: Vec<&str> = value.split('|').collect();
    let (prefix, number) = prefixed(parts[0]);
    let unit = match parts.as_slice() {
        [_, "", code] => element["code"] == *code || element["unit"] == *code,
        [_, system, code] => element["code"] == *code && element["system"] == *system,
        _ => true,
    };
    let Some(said) = element.get("value").map(|value| Decimal::read(&value.to_string())) else {
        return false;
    };
    let asked = Decimal::read(number);
    let (low, high) = asked.rounded_to_it();
    let fits = match prefix {
        "eq" => said.units >= low && said.units < high,
        "ne" => said.units < low || said.units >= high,
        "gt" | "sa" => said.units > asked.units,
        "lt" | "eb" => said.units < asked.units,
        "ge" => said.units >= asked.units,
        "le" => said.units <= asked.units,
        "ap" => (said.units - asked.units).abs() <= asked.units.abs() / 10,
        prefix => panic!("{prefix}"),
    };
    unit && fits
}

fn reference(element: &Value, value: &str, of_type: Option<&str>) -> bool {
    let Some(said) = element["reference"].as_str() else { return false };
    let value = value.split_once("/fhir/").map_or(value, |(_, rest)| rest);
    match (value.contains('/'), of_type) {
        (true, _) => said == value,
        (false, Some(kind)) => said == format!("{kind}/{value}"),
        (false, None) => said.split_once('/').is_some_and(|(_, id)| id == value),
    }
}
