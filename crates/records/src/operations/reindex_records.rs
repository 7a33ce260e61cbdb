//! Making search tokens anew, vault by vault. Each does it by itself; here they are only told to.

use tacenda_contracts::{accounts::BearerToken, vault::Reindexed};
use tacenda_kernel::{Compartment, RequestContext};

use crate::{Records, RecordsError};

impl Records {
    /// Begins to make all search tokens anew, unless an earlier run was not ended: then that one is gone on with, if a
    /// release began it that makes the same tokens, and it is not to `restart`.
    ///
    /// # Errors
    /// [`RecordsError::Unavailable`] where a database does not answer.
    pub async fn begin_reindex(&self, restart: bool) -> Result<(), RecordsError> {
        // The last vault begins last and ends last: while it has not ended, all have begun.
        if let (false, Some(last)) = (restart, Compartment::ALL.last()) {
            let last = self.vault(*last)?.reindexed().await?;
            if !last.finished && last.of_this_release {
                return Ok(());
            }
        }
        for compartment in Compartment::ALL {
            self.vault(compartment)?.begin_reindex(restart).await?;
        }
        Ok(())
    }

    /// Makes the search tokens of a vault's next records anew, at most `limit`, and says how far that is. It does nothing
    /// where all were done.
    ///
    /// # Errors
    /// [`RecordsError::Forbidden`] where the token does not allow it, [`RecordsError::Unavailable`] where a service does
    /// not answer. Asked again, it goes on.
    pub async fn reindex(
        &self,
        compartment: Compartment,
        token: &BearerToken,
        context: RequestContext,
        limit: u32,
    ) -> Result<Reindexed, RecordsError> {
        Ok(self.vault(compartment)?.reindex(token, context, limit).await?)
    }
}
