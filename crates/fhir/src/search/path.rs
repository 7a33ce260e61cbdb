//! Where in a resource the values of a parameter are: element names separated by dots. Lists are looked through. A step may
//! ask for one kind of its element: `telecom?system=phone`.

use serde_json::Value;

/// The values at any of the paths.
pub(super) fn values<'a>(resource: &'a Value, paths: &[&str]) -> Vec<&'a Value> {
    let mut found = Vec::new();
    for path in paths {
        collect(resource, path, &mut found);
    }
    found
}

fn collect<'a>(value: &'a Value, path: &str, found: &mut Vec<&'a Value>) {
    if let Value::Array(items) = value {
        items.iter().for_each(|item| collect(item, path, found));
        return;
    }
    if path.is_empty() {
        found.push(value);
        return;
    }
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    let (element, wanted) = step.split_once('?').map_or((step, None), |(name, wanted)| (name, Some(wanted)));
    let Some(inner) = value.get(element) else { return };
    match wanted.and_then(|wanted| wanted.split_once('=')) {
        None => collect(inner, rest, found),
        Some((key, is)) => {
            let fits = |item: &&Value| item.get(key).and_then(Value::as_str) == Some(is);
            each(inner).filter(fits).for_each(|item| collect(item, rest, found));
        }
    }
}

/// The items of a list, or the one value.
pub(super) fn each(value: &Value) -> impl Iterator<Item = &Value> {
    let (list, single) = match value {
        Value::Array(items) => (items.as_slice(), None),
        single => (&[][..], Some(single)),
    };
    list.iter().chain(single)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_looked_through() {
        let resource =
            json!({"a": [{"b": [1, 2]}, {"b": 3}, {"c": 4}], "t": [{"s": "x", "v": 5}, {"s": "y", "v": 6}]});
        assert_eq!(values(&resource, &["a.b", "t?s=y.v"]), [&json!(1), &json!(2), &json!(3), &json!(6)]);
        assert!(values(&resource, &["a.b.c", "z", "t?s=z"]).is_empty());
    }
}
