//! Stored history and a fetch become one.

#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "every benchmark uses its own part of it, and an example that cannot be made ends it"
)]
mod common;

use std::hint::black_box;

use common::Example;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use quantx::lake::basis::Fetched;
use quantx::lake::merge::{History, merge};
use quantx::market::BarSeries;

fn histories(c: &mut Criterion) {
    let example = Example::new();
    let (stored, context) = (example.stored(), example.merge_context());
    let mut group = c.benchmark_group("merge");
    group.throughput(Throughput::Elements(stored.bars.len() as u64));
    group.bench_function("20 years into nothing", |b| {
        let nothing = History::default();
        b.iter(|| merge(black_box(&nothing), &example.fetched, context));
    });
    group.bench_function("20 years into the same", |b| {
        b.iter(|| merge(black_box(&stored), &example.fetched, context));
    });
    group.finish();
}

/// A daily update reads the newest year and asks for its last sessions again.
fn one_session(c: &mut Criterion) {
    let example = Example::new();
    let (year, _) = example.year();
    let (old, new) = (&year[..year.len() - 1], &year[year.len() - 6..]);
    let stored = History {
        bars: BarSeries::new(old.to_vec()),
        actions: example.fetched.actions.clone(),
    };
    let fetched = Fetched {
        bars: BarSeries::new(new.to_vec()),
        actions: example.fetched.actions.clone(),
        ..Fetched::default()
    };
    c.bench_function("merge/6 sessions into a year", |b| {
        b.iter(|| merge(black_box(&stored), &fetched, example.merge_context()));
    });
}

criterion_group!(benches, histories, one_session);
criterion_main!(benches);
