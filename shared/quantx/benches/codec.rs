//! One year of one listing, between memory and the bytes of `data.parquet`; and all that one
//! symbol-year costs the processor: read, merge, adjust, encode.

#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "every benchmark uses its own part of it, and an example that cannot be made ends it"
)]
mod common;

use std::hint::black_box;

use common::Example;
use criterion::{Criterion, criterion_group, criterion_main};
use quantx::lake::adjust::adjust;
use quantx::lake::basis::Fetched;
use quantx::lake::codec::{DerivedColumns, decode, encode};
use quantx::lake::merge::{History, merge};
use quantx::market::BarSeries;

#[expect(
    clippy::unwrap_used,
    reason = "a benchmark of an error would tell nothing"
)]
fn year_file(c: &mut Criterion) {
    let example = Example::new();
    let (bars, derived) = example.year();
    let hash = example.actions_hash();
    let context = example.file(&hash);
    let bytes = encode(&bars, &derived, &context).unwrap();
    let mut group = c.benchmark_group("codec");
    group.bench_function("encode a year", |b| {
        b.iter(|| encode(black_box(&bars), &derived, &context));
    });
    group.bench_function("decode a year", |b| b.iter(|| decode(black_box(&bytes))));
    group.finish();
}

/// The measure of the issue: a stored year gets its last session.
#[expect(
    clippy::unwrap_used,
    reason = "a benchmark of an error would tell nothing"
)]
fn symbol_year(c: &mut Criterion) {
    let example = Example::new();
    let (bars, derived) = example.year();
    let hash = example.actions_hash();
    let context = example.file(&hash);
    let n_old = bars.len() - 1;
    let part = |values: &[f64]| values[..n_old].to_vec();
    let stored = DerivedColumns {
        adjusted_close: part(&derived.adjusted_close),
        split_factor: part(&derived.split_factor),
        dividends: part(&derived.dividends),
        splits: part(&derived.splits),
    };
    let bytes = encode(&bars[..n_old], &stored, &context).unwrap();
    let fetched = Fetched {
        bars: BarSeries::new(bars[n_old - 5..].to_vec()),
        actions: example.fetched.actions.clone(),
        ..Fetched::default()
    };
    c.bench_function("symbol-year/read, merge, adjust, encode", |b| {
        b.iter(|| {
            let stored = History {
                bars: BarSeries::new(decode(black_box(&bytes)).unwrap().bars),
                actions: example.fetched.actions.clone(),
            };
            let merged = merge(&stored, &fetched, example.merge_context());
            assert!(merged.held.is_none() && merged.stats.bars_added == 1);
            let history = merged.history;
            let adjustment = adjust(history.bars.bars(), None, &history.actions);
            let derived = DerivedColumns::slice(&adjustment, 0..history.bars.len());
            encode(history.bars.bars(), &derived, &context)
        });
    });
}

criterion_group!(benches, year_file, symbol_year);
criterion_main!(benches);
