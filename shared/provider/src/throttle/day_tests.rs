use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::civil::date;

use super::*;
use crate::LeftOut;
use quantx_fixtures::exchange;

const FAKE: ProviderName = ProviderName("fake");

/// Answers by date, with its errors first.
#[derive(Debug)]
struct Fake {
    errors: Mutex<std::vec::IntoIter<ProviderError>>,
    n_asked: AtomicU64,
}

#[async_trait]
impl DayProvider for Fake {
    fn name(&self) -> ProviderName {
        FAKE
    }

    async fn bars_on(&self, exchange: &Exchange, date: Date) -> Result<DayBars, ProviderError> {
        self.n_asked.fetch_add(1, Ordering::Relaxed);
        match self.errors.lock().unwrap().next() {
            Some(error) => Err(error),
            None => Ok(DayBars {
                exchange: exchange.code.clone(),
                date,
                rows: Vec::new(),
                events: BTreeMap::new(),
                left_out: LeftOut::default(),
            }),
        }
    }

    fn usage(&self) -> VendorUsage {
        VendorUsage {
            requests: self.n_asked.load(Ordering::Relaxed),
            ..VendorUsage::default()
        }
    }
}

fn throttled(errors: Vec<ProviderError>) -> Throttled<Fake> {
    let fake = Fake {
        errors: Mutex::new(errors.into_iter()),
        n_asked: AtomicU64::new(0),
    };
    let limits = ThrottleLimits {
        requests_per_second: None,
        burst: NonZeroU32::MIN,
        retry: RetryPolicy {
            max_attempts: NonZeroU32::MIN.saturating_add(2),
            base: 2.0,
            min_wait: Duration::from_secs(2),
            max_wait: Duration::from_secs(10),
            max_pause: Duration::from_secs(60),
        },
        open_after: NonZeroU32::MIN.saturating_add(4),
    };
    Throttled::of_days(fake, limits)
}

async fn fetch(provider: &Throttled<Fake>) -> &'static str {
    let us = exchange("us", "");
    let answer = provider.bars_on(&us, date(2024, 6, 10)).await;
    answer.map_or_else(|error| error.kind(), |_| "ok")
}

#[tokio::test(start_paused = true)]
async fn a_day_is_asked_for_again_where_that_can_help() {
    let timed_out = || ProviderError::TimedOut { provider: FAKE };
    let provider = throttled(vec![timed_out(), timed_out()]);
    assert_eq!(fetch(&provider).await, "ok");
    let usage = provider.usage();
    assert_eq!((usage.requests, usage.retries), (3, 2));
    let no_day = ProviderError::NoDay {
        provider: FAKE,
        exchange: exchange("us", "").code,
        date: date(2024, 6, 10),
    };
    let provider = throttled(vec![no_day]);
    assert_eq!(fetch(&provider).await, "no_day");
    assert_eq!(fetch(&provider).await, "ok");
    assert_eq!(provider.usage().retries, 0);
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_refuses_the_account_is_asked_once_and_never_again() {
    for error in [
        ProviderError::Unauthorized {
            provider: FAKE,
            status: 401,
        },
        ProviderError::QuotaSpent {
            provider: FAKE,
            detail: "used up".to_owned(),
        },
    ] {
        let kind = error.kind();
        let provider = throttled(vec![error]);
        assert_eq!(fetch(&provider).await, kind);
        assert_eq!(fetch(&provider).await, "circuit_open");
        assert_eq!(provider.usage().requests, 1);
    }
}
