//! The databases of an installation, and the private cluster they may be in.

use std::path::Path;

use anyhow::{Context, Result};
use tacenda_postgres::{Cluster, ClusterError, ClusterOptions, Endpoint};

use crate::{
    databases::{Databases, PREFIX},
    folder::DataFolder,
    installation::{Place, absolute, note_place, refuse_another_cluster, refuse_elsewhere},
    settings::Settings,
};

/// Open databases, and the private cluster they may be in.
pub struct Home {
    /// Every database, open.
    pub databases: Databases,
    cluster: Option<Cluster>,
}

impl Home {
    /// Opens what the settings name, for whoever serves: a private cluster is this process's alone, and made if there is
    /// none yet. Every database is brought to this version.
    ///
    /// # Errors
    /// Where another process has the private cluster, or a database does not answer or cannot be migrated.
    pub async fn to_serve(settings: &Settings, config: &Path) -> Result<Self> {
        let folder = DataFolder::make(&settings.data)?;
        if settings.databases.is_empty() {
            return Self::private_to_serve(&folder).await;
        }
        let home = Self { databases: Databases::at(&settings.endpoints()?).await?, cluster: None };
        note_place(&folder, Place::Configured(absolute(config)))?;
        Ok(home)
    }

    /// Starts the private cluster of a data folder for whoever serves it, and makes it first if there is none.
    ///
    /// # Errors
    /// Where another process has it, or it does not start.
    pub async fn private_to_serve(folder: &DataFolder) -> Result<Self> {
        refuse_another_cluster(folder)?;
        folder.let_through()?;
        let cluster = Cluster::start(ClusterOptions::new(folder.postgres())).await;
        let cluster = cluster.map_err(|error| match error {
            ClusterError::InUse(_) => anyhow::anyhow!(
                "{} is in use: a server runs on it, or a tool that will end soon. Nothing was changed",
                folder.path().display()
            ),
            other => anyhow::Error::new(other).context("the private PostgreSQL does not start"),
        })?;
        let databases = Databases::in_cluster(&cluster, PREFIX).await?;
        note_place(folder, Place::Private)?;
        Ok(Self { databases, cluster: Some(cluster) })
    }

    /// Opens what the settings name, for a tool that may run beside a server. Every database is brought to this version.
    ///
    /// # Errors
    /// Where a database does not answer or cannot be migrated, or there is no private cluster yet.
    pub async fn open(settings: &Settings) -> Result<Self> {
        if settings.databases.is_empty() {
            return Self::private(&DataFolder::open(&settings.data)?).await;
        }
        Ok(Self { databases: Databases::at(&settings.endpoints()?).await?, cluster: None })
    }

    /// Uses the private cluster that is in a data folder, and starts it where it does not run. For tools.
    ///
    /// # Errors
    /// Where there is none, or it does not start.
    pub async fn private(folder: &DataFolder) -> Result<Self> {
        let cluster = attach(folder).await?;
        let databases = Databases::in_cluster(&cluster, PREFIX).await?;
        Ok(Self { databases, cluster: Some(cluster) })
    }

    /// Opens what the settings name to be looked at: nothing is made, migrated or written.
    ///
    /// # Errors
    /// Where a database does not answer, or there is no private cluster yet.
    pub async fn to_look_at(settings: &Settings) -> Result<Self> {
        if settings.databases.is_empty() {
            return Self::private_to_look_at(&DataFolder::open(&settings.data)?).await;
        }
        let endpoints = settings.endpoints()?.into_iter().map(|(name, one)| (name, one.runtime));
        Ok(Self { databases: Databases::to_look_at(endpoints.collect()).await?, cluster: None })
    }

    /// The same in the private cluster of a data folder, which is started where it does not run.
    ///
    /// # Errors
    /// Where there is none, or it does not start.
    pub async fn private_to_look_at(folder: &DataFolder) -> Result<Self> {
        let cluster = attach(folder).await?;
        let databases = Databases::in_cluster_to_look_at(&cluster, PREFIX).await?;
        Ok(Self { databases, cluster: Some(cluster) })
    }

    /// The owner of a service's tables in the private cluster, if there is one.
    #[must_use]
    pub fn private_owner(&self, service: &str) -> Option<Endpoint> {
        self.cluster.as_ref().map(|cluster| cluster.endpoints(PREFIX, service).owner)
    }

    /// Stops the private cluster, if this process started it.
    pub async fn close(self) {
        if let Some(cluster) = self.cluster {
            cluster.stop().await;
        }
    }
}

/// A folder without a cluster is not given one by a tool.
async fn attach(folder: &DataFolder) -> Result<Cluster> {
    refuse_elsewhere(folder)?;
    Cluster::attach(folder.postgres()).await.context("the private PostgreSQL does not start")
}
