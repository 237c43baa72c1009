//! The derived columns of a listing.

#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "every benchmark uses its own part of it, and an example that cannot be made ends it"
)]
mod common;

use std::hint::black_box;

use common::Example;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use quantx::lake::adjust::adjust;

fn derived_columns(c: &mut Criterion) {
    let example = Example::new();
    let bars = example.fetched.bars.bars();
    let mut group = c.benchmark_group("adjust");
    group.throughput(Throughput::Elements(bars.len() as u64));
    group.bench_function("20 years", |b| {
        b.iter(|| adjust(black_box(bars), None, &example.fetched.actions));
    });
    group.finish();
}

criterion_group!(benches, derived_columns);
criterion_main!(benches);
