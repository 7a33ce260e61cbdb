//! From the text of the table to what is looked up in it.

use std::collections::HashMap;

use super::{Codes, Definitions, Element, Form, Primitive, Type, TypeId, ValueSet};

/// A type as the table writes it.
struct Lines {
    name: &'static str,
    made_from: &'static str,
    elements: Vec<&'static str>,
}

/// Reads the table.
pub(super) fn read(table: &'static str) -> Definitions {
    let (mut types, mut value_sets): (Vec<Lines>, Vec<(&str, ValueSet)>) = (Vec::new(), Vec::new());
    let mut of_values = false;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('=') {
            of_values = true;
            value_sets.push((name, ValueSet::default()));
        } else if let Some((name, made_from)) = line.split_once(" < ")
            && !line.starts_with(' ')
        {
            of_values = false;
            types.push(Lines { name, made_from, elements: Vec::new() });
        } else if of_values && let Some((_, set)) = value_sets.last_mut() {
            let mut words = line.split_whitespace();
            let system = words.next().unwrap_or_default();
            set.0.extend(words.map(|code| (code, system)));
        } else if let Some(kind) = types.last_mut() {
            kind.elements.push(line.trim_start());
        }
    }
    let sets: HashMap<&str, usize> =
        value_sets.iter().enumerate().map(|(position, (name, _))| (*name, position)).collect();
    let mut value_sets: Vec<ValueSet> = value_sets.into_iter().map(|(_, set)| set).collect();
    value_sets.iter_mut().for_each(|set| set.0.sort_unstable());
    let by_name = types.iter().enumerate().map(|(position, kind)| (kind.name, TypeId(position))).collect();
    let reader = Reader { types, by_name, sets };
    let types = (0..reader.types.len()).filter_map(|position| reader.kind(position)).collect();
    Definitions { types, by_name: reader.by_name, value_sets }
}

struct Reader {
    types: Vec<Lines>,
    by_name: HashMap<&'static str, TypeId>,
    sets: HashMap<&'static str, usize>,
}

impl Reader {
    fn kind(&self, position: usize) -> Option<Type> {
        let lines = self.types.get(position)?;
        let of = |lines: &Lines, own: bool| -> Vec<Element> {
            let elements = lines.elements.iter();
            elements.filter_map(|line| self.element(lines.name, line, own)).collect()
        };
        let mut elements = of(lines, true);
        let mut base = lines.made_from;
        let mut is_resource = lines.name == "Resource";
        while let Some(parent) = self.by_name.get(base).and_then(|id| self.types.get(id.0)) {
            is_resource |= parent.name == "Resource";
            // A Duration has all that a Quantity has, and says so itself.
            let abstractly =
                matches!(parent.name, "Element" | "BackboneElement" | "Resource" | "DomainResource");
            elements.extend(if abstractly { of(parent, false) } else { Vec::new() });
            base = parent.made_from;
        }
        let mut keys: Vec<(Box<str>, usize, usize)> = Vec::new();
        for (position, element) in elements.iter().enumerate() {
            let words = self.words(lines, element);
            keys.extend(words.into_iter().enumerate().map(|(of, name)| (name.into(), position, of)));
        }
        keys.sort_unstable();
        Some(Type { name: lines.name, is_resource, elements, keys })
    }

    /// An element of a type, from its line.
    fn element(&self, owner: &'static str, line: &'static str, own: bool) -> Option<Element> {
        let mut words = line.split(' ');
        let (name, how) = (words.next()?, words.next()?);
        let (name, choice) = name.strip_suffix("[x]").map_or((name, false), |name| (name, true));
        let mut forms = Vec::new();
        let mut codes = None;
        for word in words {
            match word.strip_prefix('=') {
                Some(set) => codes = self.codes(set),
                None => forms.push(self.form(owner, name, word)?),
            }
        }
        Some(Element {
            name,
            choice,
            many: how.starts_with(['*', '+']),
            mandatory: how.starts_with(['!', '+']),
            summary: how.ends_with('^'),
            own,
            forms,
            codes,
        })
    }

    fn codes(&self, set: &str) -> Option<Codes> {
        match set {
            "currencies" => Some(Codes::Currency),
            "mimetypes" => Some(Codes::MediaType),
            "ucum-units" => Some(Codes::Unit),
            listed => self.sets.get(listed).copied().map(Codes::Of),
        }
    }

    fn form(&self, owner: &str, element: &str, word: &'static str) -> Option<Form> {
        let (name, targets) =
            word.strip_suffix(')').and_then(|word| word.split_once('(')).unwrap_or((word, ""));
        if let Some(primitive) = Primitive::named(name) {
            return Some(Form::Primitive(primitive));
        }
        let inner = format!("{owner}.{element}");
        let id = match self.by_name.get(inner.as_str()) {
            Some(part) if matches!(name, "BackboneElement" | "Element") => *part,
            _ => *self.by_name.get(name)?,
        };
        Some(match name {
            "Resource" => Form::Resource,
            "Reference" => {
                Form::Reference(id, targets.split(',').filter(|target| !target.is_empty()).collect())
            }
            _ => Form::Complex(id),
        })
    }

    /// The names of an element in JSON, one for each of its types.
    fn words(&self, lines: &Lines, element: &Element) -> Vec<String> {
        if !element.choice {
            return vec![element.name.to_owned()];
        }
        let line = lines.elements.iter().find(|line| line.starts_with(&format!("{}[x] ", element.name)));
        let types = line.map_or("", |line| line).split(' ').skip(2).filter(|word| !word.starts_with('='));
        types.map(|word| suffixed(element.name, word.split('(').next().unwrap_or_default())).collect()
    }
}

/// `value` and `dateTime`: `valueDateTime`.
fn suffixed(name: &str, kind: &str) -> String {
    let kind = if kind == "SimpleQuantity" { "Quantity" } else { kind };
    let (first, rest) = kind.split_at(kind.len().min(1));
    format!("{name}{}{rest}", first.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood() {
        let table = include_str!("r4.txt");
        let all = read(table);
        let elements = table.lines().filter(|line| line.starts_with(' ')).count();
        let own = all.types.iter().flat_map(|kind| &kind.elements).filter(|element| element.own).count();
        let systems: usize = table.split("\n=").skip(1).map(|set| set.lines().count() - 1).sum();
        assert_eq!(own + systems, elements);
        for kind in &all.types {
            for element in &kind.elements {
                assert!(!element.forms.is_empty(), "{}.{}", kind.name, element.name);
            }
            let mut names: Vec<&str> = kind.keys.iter().map(|(name, ..)| &**name).collect();
            names.dedup();
            assert_eq!(names.len(), kind.keys.len(), "{}", kind.name);
            assert!(kind.elements.len() <= 128, "{}", kind.name);
        }
        for line in table.lines().filter(|line| line.starts_with(' ') && line.contains(" =")) {
            let set = line.rsplit(" =").next().unwrap();
            let listed = all.value_sets.len() > 100 && table.contains(&format!("\n={set}\n"));
            let by_form = ["currencies", "mimetypes", "ucum-units"].contains(&set);
            assert!(listed || by_form || line.starts_with(" http"), "{line}");
        }
    }
}
