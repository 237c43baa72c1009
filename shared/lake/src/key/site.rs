/// One of the files of the status page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SiteFile {
    /// The page itself.
    Page,
    /// The same as JSON; the next run goes on from it.
    Status,
    /// The same as metrics for Prometheus.
    Metrics,
    /// What is known of each listing; the next run goes on from it.
    Listings,
}

impl SiteFile {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Page, Self::Status, Self::Metrics, Self::Listings];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Page => "index.html",
            Self::Status => "status.json",
            Self::Metrics => "metrics.prom",
            Self::Listings => "listings.json",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|file| file.name() == name)
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Page => "text/html; charset=utf-8",
            Self::Status | Self::Listings => "application/json",
            Self::Metrics => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}
