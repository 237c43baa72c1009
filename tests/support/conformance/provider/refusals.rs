//! Why there is no answer, and whether asking again can help.

use std::time::Duration;

use quantx::provider::{ProviderError, Retry};

use super::{Opened, Scene, Suite, Trouble, refused};

pub(super) async fn run<F: AsyncFn(Scene) -> Opened>(suite: &Suite<'_, F>) {
    who_is_not_there_is_not_asked_for_again(suite).await;
    every_trouble_has_its_kind_and_says_whether_to_ask_again(suite).await;
    sessions_without_prices_are_rows_without_prices(suite).await;
}

async fn who_is_not_there_is_not_asked_for_again<F: AsyncFn(Scene) -> Opened>(
    suite: &Suite<'_, F>,
) {
    let opened = suite.well(suite.evening()).await;
    let mut unknown = suite.whole();
    unknown.listing = suite.world.unknown.clone();
    let error = refused(opened.provider.daily_history(&unknown).await);
    assert!(
        matches!(&error, ProviderError::UnknownSymbol { symbol, .. } if symbol == suite.world.unknown.symbol()),
        "{error:?}"
    );
    assert_eq!(error.retry(), Retry::Never);

    // Of a known symbol the vendor has nothing after the last session.
    let tomorrow = suite.last().date.tomorrow().unwrap();
    let nothing = suite.request(tomorrow, suite.evening());
    let error = refused(opened.provider.daily_history(&nothing).await);
    assert!(matches!(error, ProviderError::NoData { .. }), "{error:?}");
    assert_eq!(error.retry(), Retry::Never);

    let (listing, now) = &suite.world.not_yet;
    let mut early = suite.request(suite.first().date, *now);
    early.listing = listing.clone();
    let opened = suite.well(*now).await;
    let error = refused(opened.provider.daily_history(&early).await);
    let kinds = ["unknown_symbol", "no_data", "not_listed_yet"];
    assert!(kinds.contains(&error.kind()), "{error:?}");
    assert_eq!(error.retry(), Retry::Never);
}

async fn every_trouble_has_its_kind_and_says_whether_to_ask_again<F: AsyncFn(Scene) -> Opened>(
    suite: &Suite<'_, F>,
) {
    let hint = Some(Duration::from_secs(7));
    for (trouble, kinds, retry) in [
        (
            Trouble::Throttled(None),
            &["throttled"][..],
            Retry::PauseAll(None),
        ),
        (
            Trouble::Throttled(hint),
            &["throttled"],
            Retry::PauseAll(hint),
        ),
        (Trouble::ServerError, &["unavailable"], Retry::After(None)),
        (Trouble::Hang, &["timed_out"], Retry::After(None)),
        (
            Trouble::CutOff,
            &["connection", "unreadable"],
            Retry::After(None),
        ),
        (Trouble::Page, &["not_data"], Retry::After(None)),
        (Trouble::OtherSymbol, &["wrong_symbol"], Retry::Never),
        (Trouble::TooLarge, &["too_large"], Retry::Never),
    ] {
        let opened = suite.troubled(trouble).await;
        let error = refused(opened.provider.daily_history(&suite.whole()).await);
        assert!(kinds.contains(&error.kind()), "{trouble:?}: {error:?}");
        assert_eq!(error.retry(), retry, "{trouble:?}");
        let name = opened.provider.name().to_string();
        assert!(error.to_string().contains(&name), "{error} names no vendor");
    }
}

/// A session that the vendor has no price for stays a row: it is how a hole is seen.
async fn sessions_without_prices_are_rows_without_prices<F: AsyncFn(Scene) -> Opened>(
    suite: &Suite<'_, F>,
) {
    let opened = suite.troubled(Trouble::NullRows).await;
    let history = opened.provider.daily_history(&suite.whole()).await.unwrap();
    assert_eq!(super::dates(&history), suite.dates_from(suite.first().date));
    let n_null = history.rows.iter().filter(|row| row.is_null()).count();
    assert!(n_null > 0 && n_null < history.rows.len(), "{n_null}");
}
