use super::*;
use quantx_settings::{EnvMap, Overrides, Settings};

fn prices() -> CostSettings {
    let settings = Settings::resolve(None, None, &EnvMap::default(), &Overrides::default());
    settings.unwrap().costs
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs().max(1e-6)
}

fn gross_of(estimate: &CostEstimate, what: &str) -> f64 {
    let lines = estimate
        .lines
        .iter()
        .filter(|line| line.what.starts_with(what));
    lines.map(|line| line.gross).sum()
}

fn net_of(estimate: &CostEstimate, what: &str) -> f64 {
    let lines = estimate
        .lines
        .iter()
        .filter(|line| line.what.starts_with(what));
    lines.map(|line| line.net).sum()
}

fn after(seconds: f64) -> Usage {
    Usage {
        seconds: Some(seconds),
        executions: 1,
        ..Usage::default()
    }
}

/// 5,000 single puts are $0.025; 50 chunks of 60 s on 2 GB are 6,000 GB-s; an hour on one vCPU
/// with 2 GiB in West US 2 is $0.151.
#[test]
fn worked_examples_come_out() {
    let requests = BilledUsage {
        writes: 5_000,
        reads: 10_000,
        lists: 2_000,
        others: 10_000,
        deletes: 1_000_000,
        ..BilledUsage::default()
    };
    let usage = Usage {
        requests,
        seconds: None,
        executions: 0,
    };
    let run = estimate(usage, &prices());
    assert!(near(gross_of(&run, "Blob Storage writes"), 0.025));
    assert!(near(gross_of(&run, "Blob Storage reads"), 0.004));
    assert!(near(gross_of(&run, "Blob Storage lists"), 0.01));
    assert!(near(gross_of(&run, "Blob Storage other"), 0.004));
    assert!(near(gross_of(&run, "Blob Storage deletes"), 0.0));
    assert!(
        near(run.gross, 0.043) && near(run.net, 0.043),
        "operations have no grant"
    );

    let chunks = estimate(after(3_000.0), &prices());
    assert!(near(
        gross_of(&chunks, "Functions, memory"),
        6_000.0 * 0.000_026
    ));
    assert!(near(net_of(&chunks, "Functions"), 0.0));
    let hour = estimate(after(3_600.0), &prices());
    assert!(near(
        gross_of(&hour, "Container Apps"),
        3_600.0 * 0.000_034 + 7_200.0 * 0.000_004
    ));
    assert!(near(hour.gross, 0.0), "an own machine costs nothing here");
}

#[test]
fn only_what_is_beyond_the_grant_is_net() {
    let usage = after(100_000.0);
    let run = estimate(usage, &prices());
    // 200,000 GB-s of which 100,000 are free; one execution of 250,000.
    assert!(near(net_of(&run, "Functions"), 100_000.0 * 0.000_026));
    assert!(near(net_of(&run, "Container Apps, vCPU"), 0.0));
    let received = BilledUsage {
        bytes_in: 150_000_000_000,
        ..BilledUsage::default()
    };
    let usage = Usage {
        requests: received,
        seconds: None,
        executions: 0,
    };
    let run = estimate(usage, &prices());
    assert!(
        near(run.gross, 150.0 * 0.087) && near(run.net, 50.0 * 0.087),
        "{run:?}"
    );
    let inside = CostSettings {
        host: CostHost::Functions,
        ..prices()
    };
    assert!(
        near(estimate(usage, &inside).gross, 0.0),
        "nothing leaves the region"
    );
}

#[test]
fn the_host_decides_what_is_summed() {
    for (host, what) in [
        (CostHost::Functions, "Functions"),
        (CostHost::ContainerApps, "Container Apps"),
    ] {
        let run = estimate(after(60.0), &CostSettings { host, ..prices() });
        assert!(run.gross > 0.0);
        assert!(near(run.gross, gross_of(&run, what)), "{run:?}");
    }
}

#[test]
fn time_is_billed_in_steps_and_for_a_second_at_least() {
    let amount = |seconds| {
        let run = estimate(after(seconds), &prices());
        let line = run.lines.iter().find(|line| line.unit == "vCPU-s");
        line.unwrap().amount
    };
    assert!(near(amount(0.0), 1.0));
    assert!(near(amount(0.35), 1.0));
    assert!(near(amount(1.01), 1.1));
    assert!(near(amount(7.0), 7.0));
}
