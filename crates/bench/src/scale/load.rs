//! Patients who do not exist, written as bundles and imported by the command that an operator runs.

use std::{fs, path::PathBuf, time::Instant};

use anyhow::{Context, Result};
use serde_json::Value;
use tacenda::databases::{PREFIX, vault_name};
use tacenda_kernel::Compartment;
use tacenda_postgres::Cluster;
use tacenda_synthetic::{DirectoryRefs, Population as Synthetic};

use crate::{report::progress, server::Server};

const SEED: u64 = 2_026;

/// By what a patient is found.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) identifier: String,
    pub(crate) family: String,
    pub(crate) given: String,
}

/// What an import brought in.
pub(crate) struct Loaded {
    /// Records that came, in all vaults.
    pub(crate) records: u64,
    /// Bytes of each as it is stored, on average.
    pub(crate) bytes_each: usize,
    /// How long the command took.
    pub(crate) seconds: f64,
    /// What it said.
    pub(crate) said: String,
}

/// Who was imported so far.
pub(crate) struct Population {
    folder: PathBuf,
    synthetic: Synthetic,
    pub(crate) people: Vec<Person>,
    records: u64,
}

impl Population {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, synthetic: Synthetic::new(SEED), people: Vec::new(), records: 0 }
    }

    /// Imports more patients, until there are about so many records.
    pub(crate) async fn grow(&mut self, size: u64, server: &Server) -> Result<Loaded> {
        fs::create_dir_all(&self.folder)?;
        let before = self.records;
        while self.records < size {
            self.write_one()?;
        }
        progress(&format!("importing {} records", self.records - before));
        let folder = self.folder.to_str().context("a folder without a name")?;
        let begun = Instant::now();
        let said = server.tool(&["import", folder, "--data"]).await?;
        let seconds = begun.elapsed().as_secs_f64();
        fs::remove_dir_all(&self.folder)?;
        Ok(Loaded { records: self.records - before, bytes_each: stored(server).await?, seconds, said })
    }

    fn write_one(&mut self) -> Result<()> {
        let index = u32::try_from(self.people.len())?;
        let day = "2026-09-21".parse().context("a day")?;
        let bundle = self.synthetic.patient(index, day, &DirectoryRefs::default());
        let entries = bundle["entry"].as_array().context("a bundle without entries")?;
        let patient =
            entries.iter().map(|entry| &entry["resource"]).find(|one| one["resourceType"] == "Patient");
        self.people.push(person(patient.context("a bundle without a patient")?)?);
        // A Patient is a record of two vaults.
        self.records += entries.len() as u64 + 1;
        Ok(fs::write(self.folder.join(format!("{index}.json")), bundle.to_string())?)
    }
}

fn person(patient: &Value) -> Result<Person> {
    let text = |at: &str| {
        let found = patient.pointer(at).and_then(Value::as_str);
        found.map(str::to_owned).with_context(|| format!("a patient without {at}"))
    };
    Ok(Person {
        identifier: text("/identifier/0/value")?,
        family: text("/name/0/family")?,
        given: text("/name/0/given/0")?,
    })
}

/// Bytes of a stored record, on average.
async fn stored(server: &Server) -> Result<usize> {
    let cluster = Cluster::attach(server.data().join("postgres")).await?;
    let (mut records, mut bytes) = (0_i64, 0_i64);
    for compartment in Compartment::ALL {
        let client =
            cluster.admin_endpoint(&format!("{PREFIX}{}", vault_name(compartment))).connect().await?;
        let sql = "select count(*), coalesce(sum(octet_length(sealed)), 0)::bigint from records";
        let row = client.query_one(sql, &[]).await?;
        records += row.try_get::<_, i64>(0)?;
        bytes += row.try_get::<_, i64>(1)?;
    }
    Ok(usize::try_from(bytes / records.max(1))?)
}
