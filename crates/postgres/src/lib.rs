#![doc = include_str!("../README.md")]

mod batcher;
mod catalogue;
mod cluster;
mod database;
mod endpoint;
mod error;
mod mishap;
mod password;
mod schema;
mod service;
mod tls;

pub use batcher::{BatchError, Batcher, BatcherOptions};
pub use catalogue::{Catalogue, CatalogueError, Difference, Differences, Watch, read_catalogue};
pub use cluster::{Cluster, ClusterError, ClusterOptions};
pub use database::{Client, Database, DatabaseOptions, Lanes, Transaction};
pub use endpoint::{Endpoint, EndpointError};
pub use error::{DatabaseError, Refusal};
pub use schema::undocumented_columns;
pub use service::{DatabaseSpec, ProvisionError, ServiceEndpoints, migrate, refuse_other_format};
