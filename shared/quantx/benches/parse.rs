//! A vendor's answer of twenty years: bytes → rows → as-traded bars.

#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "every benchmark uses its own part of it, and an example that cannot be made ends it"
)]
mod common;

use std::hint::black_box;

use common::{Example, SYMBOL};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use quantx::lake::adjust::vendor_checksum;
use quantx::lake::basis::final_rows;
use quantx::market::BasisReading;
use quantx::provider::yahoo::parse_chart;

fn parse(c: &mut Criterion) {
    let example = Example::new();
    let mut group = c.benchmark_group("parse");
    group.throughput(Throughput::Bytes(example.body.len() as u64));
    group.bench_function("chart of 20 years", |b| {
        b.iter(|| parse_chart(black_box(&example.body), SYMBOL));
    });
    group.throughput(Throughput::Elements(example.history.rows.len() as u64));
    group.bench_function("as traded, 20 years", |b| {
        b.iter(|| {
            let history = black_box(&example.history);
            final_rows(
                history,
                &BasisReading::all_applied(history).undo(history),
                example.finality(),
            )
        });
    });
    group.bench_function("vendor checksum, 20 years", |b| {
        b.iter(|| vendor_checksum(black_box(&example.history)));
    });
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
