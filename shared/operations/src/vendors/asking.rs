//! One listing's history of the first vendor that answers.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Vendor;
use quantx_lake::sources::Standing;
use quantx_market::VendorHistory;
use quantx_provider::{BarProvider, HistoryRequest, ProviderError};

/// Questions in a row without an answer after which a vendor is taken to be away for the rest of the run, where
/// another one can be asked: each costs its retries and their waits.
const GIVES_UP_AFTER: u32 = 10;

/// An answer, and who gave it.
#[derive(Debug)]
pub(crate) struct Answered {
    /// Who.
    pub(crate) vendor: Arc<Vendor>,
    /// Provisional where a vendor before it in the order was away.
    pub(crate) standing: Standing,
    pub(crate) way: Way,
    pub(crate) history: VendorHistory,
}

/// How a listing was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// By itself.
    Listing,
    /// With all of its exchange, a day at a time.
    Date,
}

/// Asks `first`, and `others` one after the other until one answers. That a vendor says it does not know the
/// listing, or has nothing of it, is an answer; that it is away, throttles or refuses the account is none.
///
/// # Errors
/// That of the first vendor, if nobody answers: it is the one whose word is missing.
pub(crate) async fn history(
    first: &Asked,
    others: &[Asked],
    request: &HistoryRequest,
) -> Result<Answered, ProviderError> {
    let missing = match first.ask(request, others).await {
        Ok(history) => return Ok(first.answered(Standing::Settled, history)),
        Err(error) if error.is_no_answer() => error,
        Err(error) => return Err(error),
    };
    for other in others {
        let name = other.vendor.name;
        tracing::debug!(symbol = %request.listing, vendor = %name, kind = missing.kind(), "{missing}; asking {name}");
        match other.ask(request, others).await {
            Ok(history) => return Ok(other.answered(Standing::Provisional, history)),
            Err(error) if error.is_no_answer() => {}
            // What one that stands in does not know the first may know.
            Err(_) => break,
        }
    }
    Err(missing)
}

/// A vendor that is asked for histories.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) vendor: Arc<Vendor>,
    pub(crate) provider: Arc<dyn BarProvider>,
}

impl Asked {
    pub(super) fn of(vendor: &Arc<Vendor>) -> Option<Self> {
        Some(Self {
            provider: vendor.histories.clone()?,
            vendor: Arc::clone(vendor),
        })
    }

    /// Asks, unless the vendor has not answered for long and others can.
    async fn ask(
        &self,
        request: &HistoryRequest,
        others: &[Self],
    ) -> Result<VendorHistory, ProviderError> {
        let missed = &self.vendor.missed;
        if !others.is_empty() && missed.load(Ordering::Relaxed) >= GIVES_UP_AFTER {
            return Err(ProviderError::CircuitOpen {
                provider: self.vendor.name,
            });
        }
        let answer = self.provider.daily_history(request).await;
        match &answer {
            Err(error) if error.is_no_answer() => {
                let n_missed = missed.fetch_add(1, Ordering::Relaxed) + 1;
                if n_missed == GIVES_UP_AFTER && !others.is_empty() {
                    let name = self.vendor.name;
                    tracing::warn!(vendor = %name, "{name} did not answer {n_missed} times in a row ({error}); the others are asked in this run");
                }
            }
            _ => missed.store(0, Ordering::Relaxed),
        }
        answer
    }

    fn answered(&self, standing: Standing, history: VendorHistory) -> Answered {
        Answered {
            vendor: Arc::clone(&self.vendor),
            standing,
            way: Way::Listing,
            history,
        }
    }
}
