//! Making search tokens anew, vault by vault. Each does it by itself; here they are only told to.

use tacenda_contracts::{
    accounts::BearerToken,
    vault::{Reindexed, VaultError},
};
use tacenda_kernel::{Compartment, RequestContext};

use crate::{Records, RecordsError};

impl Records {
    /// Begins to make all search tokens anew, unless an earlier run was not ended: then that one is gone on with, if a
    /// release began it that makes the same tokens, and it is not to `restart`.
    ///
    /// # Errors
    /// [`RecordsError::Unavailable`] where a database does not answer.
    pub async fn begin_reindex(&self, restart: bool) -> Result<(), RecordsError> {
        if !restart && self.is_reindexing().await? {
            return Ok(());
        }
        for compartment in Compartment::ALL {
            self.vault(compartment)?.begin_reindex(restart).await?;
        }
        Ok(())
    }

    /// Whether a run goes on. The last vault begins last and ends last: while it has not ended, all have begun, unless somebody
    /// else wrote how far they are.
    async fn is_reindexing(&self) -> Result<bool, RecordsError> {
        let mut last = Reindexed::default();
        for compartment in Compartment::ALL {
            last = match self.vault(compartment)?.reindexed().await {
                Ok(progress) if progress.of_this_release => progress,
                Ok(_) => return Ok(false),
                Err(VaultError::Damaged) => {
                    let vault = compartment.as_str();
                    tracing::error!(
                        vault,
                        "how far reindexing is was altered in its database: it begins anew"
                    );
                    return Ok(false);
                }
                Err(error) => return Err(error.into()),
            };
        }
        Ok(!last.finished)
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
