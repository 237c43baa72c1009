//! The quality rules on a listing of twenty years.

#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "every benchmark uses its own part of it, and an example that cannot be made ends it"
)]
mod common;

use std::hint::black_box;

use common::Example;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use quantx::quality::{Inspected, InspectedRow, RuleSettings, inspect};

fn quality_rules(c: &mut Criterion) {
    let example = Example::new();
    let bars = example.fetched.bars.bars();
    let series = Inspected {
        rows: bars.iter().map(InspectedRow::of_bar).collect(),
        actions: example.fetched.actions.clone(),
        ..Inspected::default()
    };
    let settings = RuleSettings::default();
    let mut group = c.benchmark_group("inspect");
    group.throughput(Throughput::Elements(bars.len() as u64));
    group.bench_function("20 years", |b| b.iter(|| inspect(black_box(&series), &settings)));
    group.finish();
}

criterion_group!(benches, quality_rules);
criterion_main!(benches);
