use super::VerifyRequest;
use super::overview;
use super::plan::{self, VerifyPlan};
use crate::context::Context;
use crate::error::OperationError;
use quantx_lake::LakePrefix;
use quantx_storage::{LakeStore, ObjectEntry};

/// Finds out what lies in the lake, of the listings that are asked for.
pub(super) async fn survey(
    context: &Context,
    request: &VerifyRequest,
) -> Result<VerifyPlan, OperationError> {
    let entries = match &request.listings {
        None => list(context, &LakePrefix::All).await?,
        Some(listings) => {
            let mut entries = Vec::new();
            for listing in listings {
                let (exchange, ticker) = (listing.exchange().clone(), listing.ticker().clone());
                entries.extend(list(context, &LakePrefix::Listing(exchange, ticker)).await?);
            }
            let asked: std::collections::BTreeSet<_> = listings
                .iter()
                .map(|listing| (listing.exchange(), listing.ticker()))
                .collect();
            let is_asked = |entry: &ObjectEntry| {
                entry
                    .key
                    .listing()
                    .is_some_and(|listing| asked.contains(&listing))
            };
            let quarantine = list(context, &LakePrefix::Quarantine).await?;
            entries.extend(quarantine.into_iter().filter(is_asked));
            entries
        }
    };
    let (manifest, finding) = overview::manifest(context).await?;
    let mut plan = plan::plan(
        entries.into_iter().map(|entry| entry.key),
        manifest.as_ref(),
        request.listings.as_deref(),
        &context.settings.exchanges,
        |listing| {
            context
                .settings
                .venue(listing)
                .map(|(_, calendar)| calendar)
        },
    );
    plan.findings.extend(finding);
    Ok(plan)
}

async fn list(context: &Context, prefix: &LakePrefix) -> Result<Vec<ObjectEntry>, OperationError> {
    let entries = context.store.list(prefix).await;
    entries.map_err(|source| OperationError::Storage {
        doing: "list the lake",
        source,
    })
}
