//! `alerts.*`: where runs say that they began and ended, and where changes of state are posted.

use super::constraint::{Constraint, number, one_of};
use super::env::{HEARTBEAT_URL, WEBHOOK_URL};
use super::layers::Layers;
use super::{Secret, WebAddress};

/// Where messages go. Both addresses are secrets: who has one can say that all is well.
#[derive(Debug, Clone)]
pub struct AlertSettings {
    /// Gets a request at the start and the end of each run; from the environment only.
    pub heartbeat: Option<Secret<WebAddress>>,
    /// Gets one message for each change of state; from the environment only.
    pub webhook: Option<Secret<WebAddress>>,
    /// Who reads the webhook.
    pub webhook_style: WebhookStyle,
    /// The page that says what to do; messages link to its sections.
    pub runbook_url: Option<WebAddress>,
    /// Share of an exchange's listings with the due session below which the exchange is behind, 0 to 1.
    pub fresh_below: f64,
    /// Share of expected cells below which an exchange is reported, 0 to 1.
    pub coverage_below: f64,
}

/// Who reads a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookStyle {
    /// A program: fields.
    Generic,
    /// Slack: `text`.
    Slack,
    /// Teams: an adaptive card.
    Teams,
}

const STYLES: &[(&str, WebhookStyle)] = &[
    ("generic", WebhookStyle::Generic),
    ("slack", WebhookStyle::Slack),
    ("teams", WebhookStyle::Teams),
];

pub(super) fn read(layers: &mut Layers<'_>) -> Option<AlertSettings> {
    let mut secret = |key| {
        let read = layers.read_environment(key, &address().hidden());
        read.map(|at| Secret::new(at.value))
    };
    let (heartbeat, webhook) = (secret(HEARTBEAT_URL), secret(WEBHOOK_URL));
    let webhook_style = layers.value("alerts.webhook_style", &one_of(STYLES));
    let runbook_url = layers.value("alerts.runbook_url", &address().or_nothing());
    let fresh_below = layers.value("alerts.fresh_below", &number(0.0..=1.0));
    let coverage_below = layers.value("alerts.coverage_below", &number(0.0..=1.0));
    Some(AlertSettings {
        heartbeat,
        webhook,
        webhook_style: webhook_style?,
        runbook_url: runbook_url?,
        fresh_below: fresh_below?,
        coverage_below: coverage_below?,
    })
}

fn address() -> Constraint<WebAddress> {
    Constraint::new("an https address, or http to this machine", |scalar| {
        WebAddress::parse(&scalar.text).map_err(|error| Some(error.to_string()))
    })
}
