//! Whole days of an exchange: each is asked for once, whoever of a run needs it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::Vendor;
use quantx_market::{Date, Exchange, ExchangeCode};
use quantx_provider::{DayBars, ProviderError};

/// A day, or nothing where the vendor did not give it.
type Kept = Arc<OnceCell<Option<Arc<DayBars>>>>;
type Shelves = BTreeMap<(&'static str, ExchangeCode, Date), Kept>;

/// The days of one run. Chunks of a run in one process share them, because they have its time.
#[derive(Debug, Default)]
pub(crate) struct DayShelf(Mutex<(Timestamp, Shelves)>);

impl DayShelf {
    /// The day, asked for now if nobody has asked yet. `None` where there is none: the vendor is away, or has
    /// no row of it yet. That is said once.
    pub(crate) async fn day(
        &self,
        vendor: &Vendor,
        exchange: &Exchange,
        date: Date,
        now: Timestamp,
    ) -> Option<Arc<DayBars>> {
        let days = vendor.days.as_ref()?;
        let kept = self.kept(vendor, exchange, date, now);
        let day = kept.get_or_init(|| async {
            let name = vendor.name;
            match days.bars_on(exchange, date).await {
                Ok(bars) => {
                    let (n_rows, exchange) = (bars.rows.len(), &exchange.code);
                    tracing::info!(vendor = %name, %exchange, %date, n_rows, "the day {date} of {exchange} by {name}");
                    Some(Arc::new(bars))
                }
                Err(error @ ProviderError::NoDay { .. }) => {
                    tracing::debug!(vendor = %name, %date, "{error}");
                    None
                }
                Err(error) => {
                    tracing::warn!(vendor = %name, %date, kind = error.kind(), "{error}; listings are asked one by one");
                    None
                }
            }
        });
        day.await.clone()
    }

    fn kept(&self, vendor: &Vendor, exchange: &Exchange, date: Date, now: Timestamp) -> Kept {
        // Nothing panics while it is held.
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shelf.0 != now {
            // A day of another run is not the newest word any more.
            *shelf = (now, Shelves::new());
        }
        let place = (vendor.name.0, exchange.code.clone(), date);
        Arc::clone(shelf.1.entry(place).or_default())
    }
}
