//! Every vendor's client against the vendor's protocol as replay speaks it: one truth, and what each says of it.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use quantx::market::Listing;
use quantx::operations::vendors::Vendor;
use quantx::provider::{HistoryRequest, ProviderError, TradingState};
use quantx_tests::lab::Lab;

const START: Date = date(2023, 12, 1);
const ORDER: [&str; 2] = ["order: [eodhd, tiingo, alpaca, yahoo]", "witnesses: [hkex]"];

fn now() -> Timestamp {
    "2024-03-09T05:00:00Z".parse().unwrap()
}

async fn lab(faults: &str) -> Lab {
    let lab = Lab::of_vendors("synthetic:12", faults, 4, START, &ORDER).await;
    lab.at(now());
    lab
}

fn vendors(lab: &Lab) -> Vec<Arc<Vendor>> {
    let store = Arc::new(quantx::storage::MemoryStore::new());
    lab.context(store).vendors.on.clone()
}

fn request(listing: &Listing) -> HistoryRequest {
    HistoryRequest {
        listing: listing.clone(),
        start: START,
        now: now(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_history_is_the_truth_within_what_vendors_differ_by() {
    let lab = lab("").await;
    for vendor in vendors(&lab) {
        let Some(histories) = &vendor.histories else {
            continue;
        };
        for symbol in ["S0001", "S0003", "S0005"] {
            let listing = lab.listings(&[symbol]).remove(0);
            let history = histories.daily_history(&request(&listing)).await.unwrap();
            let truth = lab.server.market().truth(symbol).unwrap();
            let wanted = START..=date(2024, 3, 8);
            let rows: Vec<_> = truth
                .rows
                .iter()
                .filter(|row| wanted.contains(&row.date))
                .collect();
            let dates: Vec<Date> = history.rows.iter().map(|row| row.date).collect();
            let expected: Vec<Date> = rows.iter().map(|row| row.date).collect();
            assert_eq!(dates, expected, "{} {symbol}", vendor.name);
            for (ours, theirs) in rows.iter().zip(&history.rows) {
                let close = theirs.close.unwrap() - ours.close.unwrap();
                let is_yahoo = vendor.name.0 == "yahoo";
                assert!(
                    close.abs() <= 0.0051 || is_yahoo,
                    "{} {symbol} {}: {close}",
                    vendor.name,
                    ours.date
                );
            }
            let ex: Vec<Date> = history
                .actions
                .iter()
                .map(|action| action.ex_date)
                .collect();
            let known = truth.actions.iter().map(|action| action.ex_date);
            let known: Vec<Date> = known.filter(|date| wanted.contains(date)).collect();
            assert_eq!(ex, known, "{} {symbol}", vendor.name);
        }
        assert!(vendor.usage().requests >= 3, "{}", vendor.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_vendor_does_not_know_is_an_answer_and_that_it_is_away_is_none() {
    let lab = lab("eodhd.away=2024-03-09:1d,tiingo.away=2024-03-09:1d,alpaca.away=2024-03-09:1d,yahoo.away=2024-03-09:1d").await;
    let nobody = lab.listings(&["NOSUCH"]).remove(0);
    for vendor in vendors(&lab) {
        if let Some(histories) = &vendor.histories {
            let error = histories
                .daily_history(&request(&nobody))
                .await
                .unwrap_err();
            assert!(error.is_no_answer(), "{}: {error}", vendor.name);
        }
    }
    let lab = self::lab("").await;
    for vendor in vendors(&lab) {
        if let Some(histories) = &vendor.histories {
            let error = histories
                .daily_history(&request(&nobody))
                .await
                .unwrap_err();
            assert!(!error.is_no_answer(), "{}: {error}", vendor.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_that_a_vendor_does_not_have_costs_no_request() {
    let lab = lab("").await;
    let listing = lab.listings(&["0009.HK"]).remove(0);
    for vendor in vendors(&lab) {
        let covers = (vendor.covers)(listing.exchange());
        assert_eq!(
            covers,
            ["yahoo", "hkex"].contains(&vendor.name.0),
            "{}",
            vendor.name
        );
        if let (Some(histories), false) = (&vendor.histories, covers) {
            let error = histories
                .daily_history(&request(&listing))
                .await
                .unwrap_err();
            assert!(matches!(error, ProviderError::NotCovered { .. }), "{error}");
            assert_eq!(vendor.usage().requests, 0, "{}", vendor.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_has_every_listing_that_traded_and_a_sunday_has_none() {
    let lab = lab("hkex.gap=0009.HK:2024-03-07").await;
    let settings = lab
        .context(Arc::new(quantx::storage::MemoryStore::new()))
        .settings;
    for vendor in vendors(&lab) {
        let Some(days) = &vendor.days else { continue };
        let code = if vendor.name.0 == "hkex" { "hk" } else { "us" };
        let mut exchanges = settings.exchanges.iter();
        let exchange = exchanges.find(|it| it.code.as_str() == code).unwrap();
        let day = days.bars_on(exchange, date(2024, 3, 7)).await.unwrap();
        for symbol in lab.server.market().symbols() {
            let listing = lab.listings(&[&symbol]).remove(0);
            let truth = lab.server.market().truth(&symbol).unwrap();
            let row = truth
                .row(date(2024, 3, 7))
                .filter(|_| truth.answers_on(date(2024, 3, 8)));
            if listing.exchange().as_str() != code {
                assert!(day.get(&listing).is_none());
            } else if symbol == "0009.HK" {
                assert_eq!(day.get(&listing).unwrap().state, TradingState::Suspended);
            } else {
                let theirs = day.get(&listing).and_then(|it| it.row.close);
                assert_eq!(theirs, row.and_then(|row| row.close), "{symbol}");
            }
        }
        let sunday = days.bars_on(exchange, date(2024, 3, 3)).await.unwrap_err();
        assert!(matches!(sunday, ProviderError::NoDay { .. }), "{sunday}");
    }
}
