//! Rules about the source that no compiler checks.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the sources has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
};

const SERVICES: [&str; 4] = ["accounts", "keystore", "vault", "ledger"];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every Rust file under the crates' `src`, with its crate's name.
fn sources() -> Vec<(String, PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(crates()).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let mut open = vec![folder.join("src")];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((name.clone(), path, text));
            }
        }
    }
    assert!(found.len() > 100, "the sources were not found");
    found
}

fn only_in(call: &str, allowed: &[&str]) {
    for (name, path, text) in sources() {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        assert!(allowed.contains(&name.as_str()) || !code.contains(call), "{call} in {}", path.display());
    }
}

#[test]
fn receipts_are_made_by_the_ledger_alone() {
    only_in("Receipt::acknowledge(", &["ledger", "testkit"]);
}

#[test]
fn a_vault_can_read_a_receipt_from_no_bytes() {
    let manifest = fs::read_to_string(crates().join("vault/Cargo.toml")).unwrap();
    let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
    for reader in ["postcard", "serde.workspace", "bincode", "ciborium"] {
        assert!(!dependencies.contains(reader), "{reader}");
    }
}

#[test]
fn permits_are_issued_by_the_keystore_alone() {
    only_in("Permit::issue(", &["keystore", "testkit"]);
}

#[test]
fn a_service_depends_on_no_other_service() {
    for service in SERVICES {
        let manifest = fs::read_to_string(crates().join(service).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
        for other in SERVICES.iter().filter(|other| **other != service) {
            assert!(!dependencies.contains(&format!("tacenda-{other}")), "{service} depends on {other}");
        }
        assert!(dependencies.contains("tacenda-contracts"), "{service} implements a contract");
    }
}

#[test]
fn the_edge_knows_services_by_their_contracts_only() {
    for edge in ["gateway", "web"] {
        let manifest = fs::read_to_string(crates().join(edge).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
        for service in SERVICES {
            assert!(!dependencies.contains(&format!("tacenda-{service}")), "{edge} depends on {service}");
        }
    }
}

#[test]
fn cedar_is_behind_one_crate() {
    for entry in fs::read_dir(crates()).unwrap() {
        let folder = entry.unwrap().path();
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        assert!(folder.ends_with("policy") || !manifest.contains("cedar"), "{}", folder.display());
    }
}

#[test]
fn every_exposure_says_why() {
    for (_, path, text) in sources() {
        let code: Vec<&str> = text.split("#[cfg(test)]").next().unwrap_or_default().lines().collect();
        for (number, line) in code.iter().enumerate() {
            let exposes = line.contains(".expose()") || line.contains("into_exposed");
            if !exposes
                || line.trim_start().starts_with("//")
                || line.contains("pub const fn")
                || line.contains("pub fn")
            {
                continue;
            }
            let before = &code[number.saturating_sub(16)..=number];
            let said = before.iter().any(|line| line.contains("EXPOSE:"));
            assert!(said, "{}:{}: expose without a reason", path.display(), number + 1);
        }
    }
}

#[test]
fn no_database_work_outside_of_stores() {
    for (name, path, text) in sources() {
        if ["gateway", "web", "contracts"].contains(&name.as_str()) {
            assert!(!text.contains("tacenda_postgres"), "{} reaches for a database", path.display());
        }
    }
}
