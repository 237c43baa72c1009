//! Settings that there once were. A file or an environment that still has one is told what became of it.

/// A setting that nothing reads any more.
#[derive(Debug)]
pub(super) struct Removed {
    /// Dotted from the top.
    pub(super) key: &'static str,
    /// The variable that set it.
    pub(super) variable: Option<&'static str>,
    /// What happens instead, to be read after "allowed: nothing: ".
    pub(super) instead: &'static str,
}

/// What a problem says was read.
pub(super) const READ: &str = "a setting that was removed";

pub(super) static REMOVED: [Removed; 2] = [
    Removed {
        key: "fetcher.fetch_actions",
        variable: Some("FETCHER_FETCH_ACTIONS"),
        instead: "splits and dividends are always fetched, because without them no price can be made as traded",
    },
    Removed {
        key: "schema.compression",
        variable: None,
        instead: "pages are always zstd, because files of one lake are compared by their bytes",
    },
];

/// The removed setting of a key.
pub(super) fn by_key(path: &[String]) -> Option<&'static Removed> {
    let key = path.join(".");
    REMOVED.iter().find(|removed| removed.key == key)
}

/// The removed setting of a variable.
pub(super) fn by_variable(name: &str) -> Option<&'static Removed> {
    REMOVED
        .iter()
        .find(|removed| removed.variable == Some(name))
}
