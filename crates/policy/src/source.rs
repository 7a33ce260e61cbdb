//! The policy files, part of the program: what decides cannot be exchanged on disk.

use cedar_policy::{Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};

use crate::PolicyError;

pub(crate) const SCHEMA: &str = include_str!("../schema.cedarschema");

/// Each policy file's name and text.
pub(crate) const FILES: [(&str, &str); 10] = [
    ("clinician.cedar", include_str!("../policies/clinician.cedar")),
    ("conditions.cedar", include_str!("../policies/conditions.cedar")),
    ("directory.cedar", include_str!("../policies/directory.cedar")),
    ("monitor.cedar", include_str!("../policies/monitor.cedar")),
    ("oversight.cedar", include_str!("../policies/oversight.cedar")),
    ("patient.cedar", include_str!("../policies/patient.cedar")),
    ("programs.cedar", include_str!("../policies/programs.cedar")),
    ("researcher.cedar", include_str!("../policies/researcher.cedar")),
    ("safety.cedar", include_str!("../policies/safety.cedar")),
    ("technician.cedar", include_str!("../policies/technician.cedar")),
];

pub(crate) fn schema() -> Result<Schema, PolicyError> {
    let (schema, mut warnings) = Schema::from_cedarschema_str(SCHEMA).map_err(PolicyError::schema)?;
    match warnings.next() {
        Some(warning) => Err(PolicyError::schema(warning)),
        None => Ok(schema),
    }
}

/// Every policy under its own `@id`, validated strictly; a warning (such as a policy that can never apply) fails too.
pub(crate) fn policies(schema: &Schema, files: &[(&'static str, &str)]) -> Result<PolicySet, PolicyError> {
    let mut all = PolicySet::new();
    for &(file, text) in files {
        for policy in parse(file, text)? {
            let id = policy.id().to_string();
            all.add(policy).map_err(|_| PolicyError::Twice { id })?;
        }
    }
    let result = Validator::new(schema.clone()).validate(&all, ValidationMode::Strict);
    if result.validation_passed_without_warnings() {
        return Ok(all);
    }
    let errors = result.validation_errors().map(ToString::to_string);
    let findings: Vec<_> = errors.chain(result.validation_warnings().map(ToString::to_string)).collect();
    Err(PolicyError::Invalid { findings: findings.join("\n") })
}

fn parse(file: &'static str, text: &str) -> Result<Vec<Policy>, PolicyError> {
    let set: PolicySet =
        text.parse().map_err(|source| PolicyError::Syntax { file, source: Box::new(source) })?;
    set.policies()
        .map(|policy| {
            let id = policy.annotation("id").ok_or(PolicyError::Unnamed { file })?;
            Ok(policy.new_id(PolicyId::new(id)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(files: &[(&'static str, &str)]) -> PolicyError {
        policies(&schema().unwrap(), files).unwrap_err()
    }

    #[test]
    fn every_file_is_embedded() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/policies");
        let mut on_disk: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        on_disk.sort();
        assert_eq!(on_disk, FILES.map(|(file, _)| file.to_owned()));
    }

    #[test]
    fn broken_policies_are_refused_by_name() {
        let nameless = "permit (principal, action, resource);";
        assert!(matches!(refused(&[("a.cedar", nameless)]), PolicyError::Unnamed { file: "a.cedar" }));
        let named = "@id(\"x\") permit (principal, action, resource);";
        assert!(
            matches!(refused(&[("a.cedar", named), ("b.cedar", named)]), PolicyError::Twice { id } if id == "x")
        );
        assert!(matches!(refused(&[("a.cedar", "permit")]), PolicyError::Syntax { file: "a.cedar", .. }));
    }

    #[test]
    fn a_policy_outside_the_schema_is_refused() {
        for text in [
            "@id(\"x\") permit (principal == Role::\"surgeon\", action, resource);",
            "@id(\"x\") permit (principal, action == Action::\"copy\", resource);",
            "@id(\"x\") permit (principal, action, resource) when { context.friend };",
            "@id(\"x\") permit (principal, action, resource) when { context.own == 1 };",
            "@id(\"x\") permit (principal, action == Action::\"read\", resource == System::\"tacenda\");",
        ] {
            assert!(matches!(refused(&[("a.cedar", text)]), PolicyError::Invalid { .. }), "{text}");
        }
    }
}
