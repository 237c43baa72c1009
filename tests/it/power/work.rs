//! What is under way when the power goes: the operations that write a lake, each with what was there before and what
//! must be there in the end.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::date;
use quantx::lake::{LakeKey, LakePrefix};
use quantx::operations::chunked::PublishRequest;

use quantx::operations::universe_refresh::{RefreshRequest, Trust, refresh};
use quantx::operations::verify::VendorUse;
use quantx::operations::{Differing, Effects, copy, sources};
use quantx::settings::{ConfigFile, Durability, EnvMap, Overrides, Settings};
use quantx::storage::{LakeStore, LocalStore, MemoryStore, Precondition};
use quantx_faulty::{Acknowledged, SimulatedDisk};
use quantx_tests::lab::Lab;
use quantx_tests::lakes::promised;

use crate::publish::{publish_on, worked};
use crate::verify::try_prove;

pub(super) type Store = Arc<dyn LakeStore>;

/// Where the lake is on the disk: its own folder and the one above are made by the first run.
pub(super) const LAKE: &str = "/srv/lake";

const SYMBOLS: [&str; 3] = ["AAPL", "IBM", "FB"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// Of an empty disk.
    Backfill,
    /// Two dividends each of two listings, and the turn of a year.
    Dividend,
    /// The tables of a run in chunks.
    Publish,
    /// A list of which a member changed.
    Refresh,
    /// `verify --repair` of a lake with six damages.
    Repair,
    /// To an empty disk.
    Copy,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// An operation with the disk that it begins on.
pub(super) struct Stage {
    pub(super) operation: Operation,
    lab: Lab,
    base: SimulatedDisk,
    /// What is copied.
    source: Store,
    order: Option<PublishRequest>,
    /// What the operation makes of the disk if nothing happens.
    pub(super) expected: BTreeMap<String, Bytes>,
}

impl Stage {
    pub(super) async fn of(operation: Operation) -> Self {
        let lab = Lab::new("sample", "", 0, date(2011, 1, 3)).await;
        let base = SimulatedDisk::new();
        let source: Store = Arc::new(MemoryStore::new());
        let mut stage = Self {
            operation,
            lab,
            base,
            source,
            order: None,
            expected: BTreeMap::new(),
        };
        stage.prepare().await;
        let whole = stage.base.leaving_out(None);
        let store: Store = Arc::new(open(&whole, Durability::None));
        stage.carry_out(&store).await.unwrap();
        stage.expected = match operation {
            // A repair ends where the lake was before it was damaged.
            Operation::Repair => stage.expected,
            _ => stage.of_interest(&store).await,
        };
        assert_eq!(stage.of_interest(&store).await, stage.expected);
        stage
    }

    async fn prepare(&mut self) {
        let at = |text: &str| self.lab.at(text.parse().unwrap());
        at("2012-07-20T04:00:00Z");
        let lake = || Arc::new(open(&self.base, Durability::None)) as Store;
        match self.operation {
            Operation::Backfill => {}
            Operation::Dividend => {
                self.lab.daily(&lake(), &SYMBOLS).await.unwrap();
                at("2013-02-20T04:00:00Z");
            }
            Operation::Publish => {
                at("2012-12-20T04:00:00Z");
                self.order = Some(worked(&self.lab, &lake(), &SYMBOLS).await);
            }
            Operation::Refresh => {
                self.refresh(&lake(), "[AAPL, MSFT]").await.unwrap();
                at("2012-08-20T04:00:00Z");
            }
            Operation::Repair => {
                let lake = lake();
                self.lab.daily(&lake, &SYMBOLS).await.unwrap();
                self.expected = promised(&lake).await;
                self.damage(&lake).await;
            }
            Operation::Copy => {
                self.lab.daily(&self.source, &SYMBOLS).await.unwrap();
            }
        }
    }

    /// Lost, torn and stray files, and a record without its events.
    async fn damage(&self, lake: &Store) {
        let listings = self.lab.listings(&SYMBOLS);
        let replace = async |key: &LakeKey, bytes: Bytes| {
            let found = lake.get(key).await.unwrap();
            let tag = found.map_or(Precondition::Absent, |it| Precondition::Matches(it.etag));
            lake.put(key, bytes, tag).await.unwrap();
        };
        let read = async |key: &LakeKey| lake.get(key).await.unwrap().unwrap();
        let lost = LakeKey::bars(&listings[0], 2012);
        lake.delete(&lost, read(&lost).await.etag).await.unwrap();
        replace(&LakeKey::bars(&listings[0], 2011), "no table".into()).await;
        let stray = read(&LakeKey::bars(&listings[1], 2011)).await.bytes;
        replace(&LakeKey::bars(&listings[1], 1999), stray).await;
        replace(&LakeKey::commit(&listings[2]), "{".into()).await;
        replace(&LakeKey::bars(&listings[2], 2012), Bytes::new()).await;
        let key = LakeKey::commit(&listings[1]);
        let mut record: serde_json::Value =
            serde_json::from_slice(&read(&key).await.bytes).unwrap();
        record["actions"].as_array_mut().unwrap().clear();
        replace(&key, serde_json::to_vec_pretty(&record).unwrap().into()).await;
    }

    /// Carries the operation out; a message if it does not say of itself that it did what it was for.
    pub(super) async fn carry_out(&self, store: &Store) -> Result<(), String> {
        match self.operation {
            Operation::Backfill => {
                let (from, to) = (date(2011, 1, 3), date(2012, 7, 13));
                let report = self.lab.backfill(store, &SYMBOLS, from, to).await;
                let report = report.map_err(|error| error.to_string())?;
                failed(report.results.failed, &report.listings)
            }
            Operation::Dividend => {
                let report = self.lab.daily(store, &SYMBOLS).await;
                let report = report.map_err(|error| error.to_string())?;
                failed(report.results.failed, &report.listings)
            }
            Operation::Publish => {
                let order = self.order.as_ref().unwrap();
                let published = publish_on(&self.lab, store, order).await;
                published.map(drop).map_err(|error| error.to_string())
            }
            Operation::Refresh => self.refresh(store, "[AAPL, IBM]").await,
            Operation::Repair => {
                let report = try_prove(&self.lab, store, Some(VendorUse::Ask)).await;
                let report = report.map_err(|error| error.to_string())?;
                match report.is_clean() {
                    true => Ok(()),
                    false => Err(format!("not repaired: {:#?}", report.findings)),
                }
            }
            Operation::Copy => {
                let copied = copy(&self.source, store, Differing::Keep, Effects::Write).await;
                let report = copied.map_err(|error| error.to_string())?;
                match report.is_complete() {
                    true => Ok(()),
                    false => Err(format!("{:?} {:?}", report.differing, report.held_back)),
                }
            }
        }
    }

    /// What happens next on a lake on which it may have been interrupted.
    pub(super) async fn go_on(&self, store: &Store) -> Result<(), String> {
        self.carry_out(store).await?;
        if self.operation == Operation::Repair {
            // A listing of which nothing could be read is a new one to the next run.
            let report = self.lab.daily(store, &SYMBOLS).await;
            let report = report.map_err(|error| error.to_string())?;
            failed(report.results.failed, &report.listings)?;
        }
        Ok(())
    }

    async fn refresh(&self, store: &Store, symbols: &str) -> Result<(), String> {
        let mut context = self.lab.context(Arc::clone(store));
        let text = format!(
            "universes:\n  phase_1:\n    - name: mine\n      description: x\n      source_type: static\n      symbols: {symbols}\n"
        );
        let file = ConfigFile {
            name: "universes.yaml",
            text: &text,
        };
        let (env, flags) = (EnvMap::default(), Overrides::default());
        let settings = Settings::resolve(None, Some(file), &env, &flags);
        context.settings = Arc::new(settings.unwrap_or_else(|problems| panic!("{problems}")));
        let order = RefreshRequest {
            phase: context.settings.phase.clone(),
            config_dir: ".".into(),
            trust: Trust::Operator,
            effects: Effects::Write,
        };
        let sources = sources(&context.settings).unwrap();
        let refreshed = refresh(&context, &sources, &order).await;
        refreshed.map(drop).map_err(|error| error.to_string())
    }

    /// What must be the same in the end, however often the power went.
    pub(super) async fn of_interest(&self, store: &Store) -> BTreeMap<String, Bytes> {
        let is_of_interest = |key: &LakeKey| match self.operation {
            Operation::Copy => true,
            Operation::Refresh => !matches!(key, LakeKey::Report { .. }),
            _ => false,
        };
        if !matches!(self.operation, Operation::Copy | Operation::Refresh) {
            return promised(store).await;
        }
        let mut found = BTreeMap::new();
        for entry in store.list(&LakePrefix::All).await.unwrap() {
            if is_of_interest(&entry.key) {
                let object = store.get(&entry.key).await.unwrap().unwrap();
                found.insert(entry.key.path(), object.bytes);
            }
        }
        found
    }

    /// The disk that the operation begins on.
    pub(super) fn begin(&self) -> SimulatedDisk {
        self.base.leaving_out(None)
    }

    /// Carries the operation out on `disk`, which remembers everything.
    pub(super) async fn record(&self, disk: &SimulatedDisk, durability: Durability) {
        let lake = Acknowledged::new(open(disk, durability), disk.clone());
        let store: Store = Arc::new(lake);
        self.carry_out(&store).await.unwrap();
        disk.note(quantx_faulty::Promise::Said("done".to_owned()));
    }

    pub(super) fn lab(&self) -> &Lab {
        &self.lab
    }
}

pub(super) fn open(disk: &SimulatedDisk, durability: Durability) -> LocalStore {
    LocalStore::open_on(Arc::new(disk.clone()), Path::new(LAKE), durability).unwrap()
}

fn failed(n: usize, listings: &impl fmt::Debug) -> Result<(), String> {
    match n {
        0 => Ok(()),
        _ => Err(format!("{listings:?}")),
    }
}
