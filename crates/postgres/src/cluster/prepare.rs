//! All that must hold before the server may start, in order.

use std::path::PathBuf;

use super::{
    ClusterOptions,
    account::Account,
    binaries::{self, Binaries},
    error::ClusterError,
    folder::{Folder, FolderLock},
    initialise, orphan,
    server::Launch,
    settings,
};

/// A folder that is ours, with data in it and nobody else at work.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) folder: Folder,
    pub(super) socket: PathBuf,
    pub(super) lock: FolderLock,
    pub(super) launch: Launch,
}

impl Prepared {
    /// Blocks: the first time for as long as `initdb` takes, later for as long as an old server takes to end.
    pub(super) fn new(options: &ClusterOptions) -> Result<Self, ClusterError> {
        let setpriv = binaries::on_path("setpriv").ok_or(ClusterError::NoTool("setpriv"))?;
        let folder = Folder::open(&options.folder)?;
        let lock = folder.lock()?;
        let data = folder.data();
        orphan::await_end(&data)?;
        let account = Account::choose(&data)?;
        folder.let_through(&account)?;
        let binaries = Binaries::find(initialise::version(&data))?;
        initialise::initialise(&folder, &binaries, &account, options)?;
        initialise::write_rules(&folder, &account)?;
        let socket = folder.make_socket_folder(&account)?;
        let launch = Launch {
            setpriv,
            postgres: binaries.postgres,
            arguments: settings::arguments(&folder, &socket, options.durable),
            account,
            log: folder.log(),
        };
        Ok(Self { folder, socket, lock, launch })
    }
}
