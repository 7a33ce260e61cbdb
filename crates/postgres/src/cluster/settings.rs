//! The server's settings, given on its command line so that no file can say otherwise.

use std::{ffi::OsString, path::Path};

use super::folder::Folder;

const FIXED: &[(&str, &str)] = &[
    // Reachable through the socket alone.
    ("listen_addresses", ""),
    ("unix_socket_permissions", "0700"),
    ("password_encryption", "scram-sha-256"),
    // Durable: an answered commit outlives the machine.
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("wal_level", "replica"),
    // Small when idle. Each service holds a few lanes and a small pool; tools come on top.
    ("max_connections", "200"),
    ("shared_buffers", "64MB"),
    ("max_wal_size", "512MB"),
    ("max_worker_processes", "4"),
    ("max_parallel_workers_per_gather", "0"),
    ("autovacuum_max_workers", "2"),
    ("jit", "off"),
    // SECURITY: errors (below `log` in this scale) quote values, so none is logged, nor any statement or parameter.
    ("log_min_messages", "log"),
    ("log_min_error_statement", "panic"),
    ("log_error_verbosity", "terse"),
    ("log_statement", "none"),
    ("log_min_duration_statement", "-1"),
    ("log_parameter_max_length", "0"),
    ("log_parameter_max_length_on_error", "0"),
    ("log_checkpoints", "off"),
    ("log_autovacuum_min_duration", "-1"),
    ("log_destination", "stderr"),
    ("logging_collector", "off"),
    ("log_timezone", "UTC"),
    ("timezone", "UTC"),
    ("cluster_name", "tacenda"),
];

/// The arguments of `postgres`.
pub(super) fn arguments(folder: &Folder, socket: &Path, durable: bool) -> Vec<OsString> {
    let paths = [
        ("unix_socket_directories", quoted(socket)),
        ("hba_file", folder.file("pg_hba.conf").into_os_string()),
        ("ident_file", folder.file("pg_ident.conf").into_os_string()),
        // Off, a commit still outlives the server, only not the machine.
        ("fsync", if durable { "on" } else { "off" }.into()),
    ];
    let fixed = FIXED.iter().map(|(name, value)| (*name, OsString::from(value)));
    let mut arguments = vec!["-D".into(), folder.data().into_os_string()];
    for (name, value) in fixed.chain(paths) {
        let mut setting = OsString::from(format!("{name}="));
        setting.push(value);
        arguments.extend(["-c".into(), setting]);
    }
    arguments
}

/// This setting is a list: a comma in a path would begin a second one.
fn quoted(path: &Path) -> OsString {
    format!("\"{}\"", path.to_string_lossy().replace('"', "\"\"")).into()
}
