//! How a client behaves whatever is answered: it counts, can be dropped, and repeats itself.

use std::time::Duration;

use futures::future::join_all;

use super::{Opened, Scene, Suite, Trouble};

pub(super) async fn run<F: AsyncFn(Scene) -> Opened>(suite: &Suite<'_, F>) {
    equal_requests_get_equal_answers_also_at_once(suite).await;
    every_attempt_is_counted(suite).await;
    a_dropped_request_leaves_the_client_usable(suite).await;
}

async fn equal_requests_get_equal_answers_also_at_once<F: AsyncFn(Scene) -> Opened>(
    suite: &Suite<'_, F>,
) {
    let opened = suite.well(suite.evening()).await;
    let request = suite.whole();
    let answers = join_all((0..4).map(|_| opened.provider.daily_history(&request))).await;
    let shown = |history| format!("{history:?}");
    let mut answers = answers.into_iter().map(|answer| shown(answer.unwrap()));
    let first = answers.next().unwrap();
    assert!(answers.all(|answer| answer == first));
    let other = suite.well(suite.evening()).await;
    let again = other.provider.daily_history(&request).await.unwrap();
    assert_eq!(shown(again), first, "another client reads otherwise");
    let name = opened.provider.name().to_string();
    assert!(
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    );
}

async fn every_attempt_is_counted<F: AsyncFn(Scene) -> Opened>(suite: &Suite<'_, F>) {
    let opened = suite.troubled(Trouble::ServerError).await;
    assert_eq!(opened.provider.usage(), Default::default());
    let request = suite.whole();
    for expected in 1..=2 {
        // The first is refused, the second answered.
        let answer = opened.provider.daily_history(&request).await;
        assert_eq!(answer.is_ok(), expected == 2);
        let usage = opened.provider.usage();
        assert_eq!((usage.requests, usage.retries), (expected, 0));
        assert_eq!(usage.bytes > 0, expected == 2, "{usage:?}");
    }
}

/// As a stop drops a request that waits for its answer.
async fn a_dropped_request_leaves_the_client_usable<F: AsyncFn(Scene) -> Opened>(
    suite: &Suite<'_, F>,
) {
    let opened = suite.troubled(Trouble::Hang).await;
    let request = suite.whole();
    let hanging = opened.provider.daily_history(&request);
    let dropped = tokio::time::timeout(Duration::from_millis(100), hanging).await;
    assert!(dropped.is_err(), "it did not hang");
    let history = opened.provider.daily_history(&request).await.unwrap();
    assert_eq!(super::dates(&history), suite.dates_from(suite.first().date));
    assert_eq!(opened.provider.usage().requests, 2);
}
