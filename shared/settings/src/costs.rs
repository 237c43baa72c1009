//! `costs.*`: the price table that runs are estimated with.

use super::constraint::{Constraint, date, line, number, one_of};
use super::layers::Layers;
use quantx_market::Date;

/// List prices in USD, before tax and discounts, of one region and day.
#[derive(Debug, Clone, PartialEq)]
pub struct CostSettings {
    /// The day of the prices.
    pub as_of: Date,
    /// The region of the prices.
    pub region: String,
    /// Who runs the program: whose time is part of the sum.
    pub host: CostHost,
    /// Azure Functions, Flex Consumption, on demand.
    pub functions: FunctionsPrices,
    /// Azure Container Apps, consumption.
    pub container_apps: ContainerAppsPrices,
    /// Azure Blob Storage.
    pub blob: BlobPrices,
    /// One GB to the internet.
    pub egress_gb: f64,
    /// GB to the internet that are free each month.
    pub egress_free_gb: f64,
}

/// Who runs the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostHost {
    /// A machine of your own, outside the region: what is read is egress.
    Own,
    /// Azure Functions, in the region.
    Functions,
    /// Azure Container Apps, in the region.
    ContainerApps,
}

/// Azure Functions, Flex Consumption, on demand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunctionsPrices {
    /// Memory of an instance.
    pub memory_gib: f64,
    /// One GB for one second.
    pub gb_second: f64,
    /// A million executions.
    pub million_executions: f64,
    /// Free each month.
    pub free_gb_seconds: f64,
    /// Free each month.
    pub free_executions: f64,
}

/// Azure Container Apps, consumption.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContainerAppsPrices {
    /// Of a replica.
    pub vcpus: f64,
    /// Memory of a replica.
    pub memory_gib: f64,
    /// One vCPU for one second.
    pub vcpu_second: f64,
    /// One GiB for one second.
    pub gib_second: f64,
    /// Free each month.
    pub free_vcpu_seconds: f64,
    /// Free each month.
    pub free_gib_seconds: f64,
}

/// Azure Blob Storage, by class of operation; deletes are free.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlobPrices {
    /// 10,000 writes.
    pub write_10k: f64,
    /// 10,000 reads.
    pub read_10k: f64,
    /// 10,000 pages of listings or creations of containers.
    pub list_10k: f64,
    /// 10,000 of all others.
    pub other_10k: f64,
    /// One GB for a month.
    pub gb_month: f64,
}

pub(super) fn read(layers: &mut Layers<'_>) -> Option<CostSettings> {
    let as_of = layers.value("costs.as_of", &date());
    let region = layers.value("costs.region", &line(64));
    let host = layers.value("costs.host", &one_of(HOSTS));
    let functions = functions(layers);
    let container_apps = container_apps(layers);
    let blob = blob(layers);
    let egress_gb = layers.value("costs.egress.gb", &price());
    let egress_free_gb = layers.value("costs.egress.free_gb", &grant());
    Some(CostSettings {
        as_of: as_of?,
        region: region?,
        host: host?,
        functions: functions?,
        container_apps: container_apps?,
        blob: blob?,
        egress_gb: egress_gb?,
        egress_free_gb: egress_free_gb?,
    })
}

const HOSTS: &[(&str, CostHost)] = &[
    ("own", CostHost::Own),
    ("functions", CostHost::Functions),
    ("container_apps", CostHost::ContainerApps),
];

fn price() -> Constraint<f64> {
    number(0.0..=1000.0)
}

fn grant() -> Constraint<f64> {
    number(0.0..=1e12)
}

fn size() -> Constraint<f64> {
    number(0.25..=1024.0)
}

fn functions(layers: &mut Layers<'_>) -> Option<FunctionsPrices> {
    let memory_gib = layers.value("costs.functions.memory_gib", &size());
    let gb_second = layers.value("costs.functions.gb_second", &price());
    let million_executions = layers.value("costs.functions.million_executions", &price());
    let free_gb_seconds = layers.value("costs.functions.free_gb_seconds", &grant());
    let free_executions = layers.value("costs.functions.free_executions", &grant());
    Some(FunctionsPrices {
        memory_gib: memory_gib?,
        gb_second: gb_second?,
        million_executions: million_executions?,
        free_gb_seconds: free_gb_seconds?,
        free_executions: free_executions?,
    })
}

fn container_apps(layers: &mut Layers<'_>) -> Option<ContainerAppsPrices> {
    let vcpus = layers.value("costs.container_apps.vcpus", &size());
    let memory_gib = layers.value("costs.container_apps.memory_gib", &size());
    let vcpu_second = layers.value("costs.container_apps.vcpu_second", &price());
    let gib_second = layers.value("costs.container_apps.gib_second", &price());
    let free_vcpu_seconds = layers.value("costs.container_apps.free_vcpu_seconds", &grant());
    let free_gib_seconds = layers.value("costs.container_apps.free_gib_seconds", &grant());
    Some(ContainerAppsPrices {
        vcpus: vcpus?,
        memory_gib: memory_gib?,
        vcpu_second: vcpu_second?,
        gib_second: gib_second?,
        free_vcpu_seconds: free_vcpu_seconds?,
        free_gib_seconds: free_gib_seconds?,
    })
}

fn blob(layers: &mut Layers<'_>) -> Option<BlobPrices> {
    let mut price = |name: &str| layers.value(&format!("costs.blob.{name}"), &price());
    let write_10k = price("write_10k");
    let read_10k = price("read_10k");
    let list_10k = price("list_10k");
    let other_10k = price("other_10k");
    let gb_month = price("gb_month");
    Some(BlobPrices {
        write_10k: write_10k?,
        read_10k: read_10k?,
        list_10k: list_10k?,
        other_10k: other_10k?,
        gb_month: gb_month?,
    })
}
