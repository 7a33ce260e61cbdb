//! A file with one bundle, made into one transaction.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json, value::RawValue};
use tacenda_fhir::Limits;

use super::{
    failure::{Failure, Problem},
    references::{relative_name, rewrite, urn},
    submission::{Submission, key},
};

/// Reads the file.
///
/// # Errors
/// Where it cannot be read, is too large, or is a bundle of a kind that nothing can be made from.
pub(super) fn read(path: &Path) -> Result<Submission, Failure> {
    let name = path.display().to_string();
    let unreadable =
        |error: std::io::Error| Failure::new(&*name, Problem::new(format!("cannot be read: {error}")));
    if fs::metadata(path).map_err(unreadable)?.len() > Limits::default().bundle_bytes as u64 {
        let reason = "is larger than 32 MB, the most a transaction can be: split it into one bundle for each patient, \
                      or give the resources as NDJSON";
        return Err(Failure::new(name, Problem::new(reason)));
    }
    let text = fs::read(path).map_err(unreadable)?;
    let key = key(&text);
    let bytes = transaction(text).map_err(|problem| Failure::new(&*name, problem))?;
    Ok(Submission { name, key, bytes, origins: Vec::new() })
}

/// The files of a list, each to be read when its turn comes.
pub(super) fn jobs(paths: Vec<PathBuf>) -> Vec<super::run::Job> {
    paths.into_iter().map(|path| Box::new(move || read(&path)) as super::run::Job).collect()
}

#[derive(Deserialize)]
struct Outline<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow, default)]
    entry: Vec<&'a RawValue>,
}

/// Whether an entry says what is to be done. Most bundles are transactions, and nothing more of them need be read.
#[derive(Deserialize)]
struct Asks {
    request: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(rename = "fullUrl")]
    full_url: Option<String>,
    resource: Option<Value>,
    search: Option<Search>,
}

#[derive(Deserialize)]
struct Search {
    mode: Option<String>,
}

/// A transaction stays as it is; what only collects resources becomes one that creates them.
fn transaction(text: Vec<u8>) -> Result<Bytes, Problem> {
    // What cannot be read here is sent: the reader of bundles says precisely what is wrong with it.
    let Ok(outline) = serde_json::from_slice::<Outline<'_>>(&text) else { return Ok(text.into()) };
    let asks = outline
        .entry
        .iter()
        .any(|raw| serde_json::from_str::<Asks>(raw.get()).is_ok_and(|asks| asks.request.is_some()));
    match outline.kind.as_str() {
        "transaction" if asks || outline.entry.is_empty() => Ok(text.into()),
        "batch" if asks => {
            let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": outline.entry});
            Ok(bundle.to_string().into())
        }
        "transaction" | "batch" | "collection" | "searchset" | "document" | "message" => {
            let parts: Result<Vec<Part>, _> =
                outline.entry.iter().map(|raw| serde_json::from_str(raw.get())).collect();
            Ok(parts.map_or_else(|_| text.clone().into(), creates))
        }
        _ => {
            let reason = "a bundle of this type cannot be imported; use a transaction or a collection";
            Err(Problem::new(reason).at("Bundle.type"))
        }
    }
}

fn creates(parts: Vec<Part>) -> Bytes {
    let of_outcome =
        |part: &Part| part.search.as_ref().is_some_and(|one| one.mode.as_deref() == Some("outcome"));
    let parts: Vec<Part> = parts.into_iter().filter(|part| !of_outcome(part)).collect();
    let mut known = HashMap::new();
    let urls: Vec<String> =
        parts.iter().enumerate().map(|(index, part)| url(index, part, &mut known)).collect();
    let to = |text: &str| known.get(text).or_else(|| known.get(&relative_name(text)?)).cloned();
    let entries = parts.into_iter().zip(urls).map(|(part, url)| {
        let mut resource = part.resource.unwrap_or_default();
        rewrite(&mut resource, &to);
        let request = json!({"method": "POST", "url": resource["resourceType"]});
        json!({"fullUrl": url, "resource": resource, "request": request})
    });
    let entries: Vec<Value> = entries.collect();
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries}).to_string().into()
}

/// The URL an entry gets; whatever may refer to it is noted.
fn url(index: usize, part: &Part, known: &mut HashMap<String, String>) -> String {
    let text = |member: &str| part.resource.as_ref()?.get(member)?.as_str();
    let name = text("resourceType").zip(text("id")).map(|(kind, id)| format!("{kind}/{id}"));
    let given = part.full_url.clone();
    let url = match given.as_deref().filter(|url| url.starts_with("urn:")) {
        Some(url) => url.to_owned(),
        None => urn(given.as_deref().or(name.as_deref()).unwrap_or(&format!("entry {index}"))),
    };
    for name in given.into_iter().chain(name) {
        known.insert(name, url.clone());
    }
    url
}

#[cfg(test)]
mod tests {
    use tacenda_fhir::bundle;

    use super::*;

    fn made(bundle: &Value) -> Value {
        serde_json::from_slice(&transaction(bundle.to_string().into_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn a_transaction_is_sent_as_it_is() {
        let text = br#"{ "resourceType":"Bundle", "type":"transaction",
            "entry":[{"request":{"method":"POST","url":"Patient"},"resource":{"resourceType":"Patient"}}]}"#;
        assert_eq!(transaction(text.to_vec()).unwrap(), text.as_slice());
        assert_eq!(transaction(b"no JSON".to_vec()).unwrap(), b"no JSON".as_slice());
    }

    #[test]
    fn a_collection_becomes_creates_that_refer_to_each_other() {
        let collection = json!({"resourceType": "Bundle", "type": "searchset", "entry": [
            {"fullUrl": "https://other/Patient/1", "resource": {"resourceType": "Patient", "id": "1"}},
            {"resource": {"resourceType": "Condition", "id": "2", "subject": {"reference": "Patient/1"},
                "evidence": [{"detail": [{"reference": "urn:uuid:3"}]}]}},
            {"fullUrl": "urn:uuid:3", "resource": {"resourceType": "Observation", "status": "final",
                "code": {"text": "c"}, "valueQuantity": {"value": serde_json::from_str::<Value>("1.50").unwrap()},
                "subject": {"reference": "https://other/Patient/1"}}},
            {"search": {"mode": "outcome"}, "resource": {"resourceType": "OperationOutcome"}}]});
        let made = made(&collection);
        let limits = Limits::default();
        let entries =
            bundle::parse(made.to_string().as_bytes(), &limits).unwrap().into_whole(&limits).unwrap();
        assert_eq!(entries.len(), 3);
        let patient = &made["entry"][0]["fullUrl"];
        assert_eq!(&made["entry"][1]["resource"]["subject"]["reference"], patient);
        assert_eq!(&made["entry"][2]["resource"]["subject"]["reference"], patient);
        assert_eq!(made["entry"][1]["resource"]["evidence"][0]["detail"][0]["reference"], "urn:uuid:3");
        assert_eq!(made["entry"][2]["fullUrl"], "urn:uuid:3");
        assert!(made.to_string().contains("1.50"), "numbers keep their text");
    }

    #[test]
    fn a_batch_becomes_all_or_nothing_and_a_history_is_refused() {
        let entry = json!([{"resource": {"resourceType": "Patient"}, "request": {"method": "POST", "url": "Patient"}}]);
        let batch = json!({"resourceType": "Bundle", "type": "batch", "entry": entry});
        assert_eq!(made(&batch), json!({"resourceType": "Bundle", "type": "transaction", "entry": entry}));
        let history = json!({"resourceType": "Bundle", "type": "history", "entry": entry});
        let problem = transaction(history.to_string().into_bytes()).unwrap_err();
        assert_eq!(problem.expression.as_deref(), Some("Bundle.type"));
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.json");
        fs::File::create(&path).unwrap().set_len((32 << 20) + 1).unwrap();
        let failure = read(&path).err().unwrap();
        assert!(failure.to_string().contains("large.json") && failure.to_string().contains("split it"));
    }
}
