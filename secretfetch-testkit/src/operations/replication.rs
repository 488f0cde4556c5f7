//! `ReplicateSecretToRegions`, `RemoveRegionsFromReplication` and `StopReplicationToReplica`.

use secretfetch::Region;
use serde::{Deserialize, Serialize};

use super::action::{Action, Context};
use super::authorization::Conditions;
use super::checks::{self, Checks};
use super::describe_secret::ReplicationStatus;
use crate::fake::account::Account;
use crate::fake::log::Operation;
use crate::fake::record::Replica;
use crate::fake::refusal::Refusal;

/// Where a copy is to be (`ReplicaRegionType`).
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ReplicaRegion {
    region: String,
    kms_key_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    #[serde(rename = "ARN")]
    arn: String,
    replication_status: Vec<ReplicationStatus>,
}

fn region(text: &str) -> Result<Region, Refusal> {
    text.parse().map_err(|_| Refusal::InvalidParameter("Invalid replica region.".to_owned()))
}

pub(super) fn check(regions: &[ReplicaRegion]) -> Result<(), Refusal> {
    regions.iter().try_for_each(|replica| region(&replica.region).map(drop))
}

pub(super) fn replicas(regions: Vec<ReplicaRegion>) -> Result<Vec<Replica>, Refusal> {
    let replica = |asked: ReplicaRegion| {
        Ok(Replica { region: region(&asked.region)?, kms_key_id: asked.kms_key_id, failure: None })
    };
    regions.into_iter().map(replica).collect()
}

fn status(account: &Account, region: &Region, id: &str) -> Result<Output, Refusal> {
    let record = account.find(region, id)?;
    Ok(Output { arn: record.arn.clone(), replication_status: ReplicationStatus::of(record) })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ReplicateSecretToRegions {
    secret_id: Option<String>,
    add_replica_regions: Option<Vec<ReplicaRegion>>,
    #[serde(default)]
    force_overwrite_replica_secret: bool,
}

impl ReplicateSecretToRegions {
    pub(crate) fn to(id: &str, regions: &[&str]) -> Self {
        let replica = |region: &&str| ReplicaRegion { region: (*region).to_owned(), kms_key_id: None };
        ReplicateSecretToRegions {
            secret_id: Some(id.to_owned()),
            add_replica_regions: Some(regions.iter().map(replica).collect()),
            force_overwrite_replica_secret: false,
        }
    }
}

impl Action for ReplicateSecretToRegions {
    const OPERATION: Operation = Operation::ReplicateSecretToRegions;
    type Output = Output;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn check(&self) -> Result<(), Refusal> {
        let regions = self.add_replica_regions.as_ref();
        Checks::default().secret_id(self.secret_id.as_ref()).required("addReplicaRegions", regions).finish()?;
        checks::secret_id(self.secret_id.as_ref())?;
        check(regions.map(Vec::as_slice).unwrap_or_default())
    }

    fn conditions(&self) -> Conditions {
        let regions = self.add_replica_regions.iter().flatten().map(|replica| replica.region.clone()).collect();
        vec![("secretsmanager:AddReplicaRegions".to_owned(), regions)]
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Output, Refusal> {
        let id = checks::checked(self.secret_id);
        let replicas = replicas(self.add_replica_regions.unwrap_or_default())?;
        account.replicate(context.region, &id, replicas, self.force_overwrite_replica_secret)?;
        status(account, context.region, &id)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RemoveRegionsFromReplication {
    secret_id: Option<String>,
    remove_replica_regions: Option<Vec<String>>,
}

impl Action for RemoveRegionsFromReplication {
    const OPERATION: Operation = Operation::RemoveRegionsFromReplication;
    type Output = Output;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn check(&self) -> Result<(), Refusal> {
        Checks::default()
            .secret_id(self.secret_id.as_ref())
            .required("removeReplicaRegions", self.remove_replica_regions.as_ref())
            .list("removeReplicaRegions", self.remove_replica_regions.as_ref(), 1..=usize::MAX)
            .finish()?;
        checks::secret_id(self.secret_id.as_ref())
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Output, Refusal> {
        let id = checks::checked(self.secret_id);
        let regions = self.remove_replica_regions.iter().flatten().map(|text| region(text));
        let regions = regions.collect::<Result<Vec<Region>, Refusal>>()?;
        account.remove_replicas(context.region, &id, &regions)?;
        status(account, context.region, &id)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StopReplicationToReplica {
    secret_id: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Stopped {
    #[serde(rename = "ARN")]
    arn: String,
}

impl Action for StopReplicationToReplica {
    const OPERATION: Operation = Operation::StopReplicationToReplica;
    type Output = Stopped;

    fn secret_id(&self) -> Option<&String> {
        self.secret_id.as_ref()
    }

    fn act(self, context: &Context<'_>, account: &mut Account) -> Result<Stopped, Refusal> {
        let record = account.promote(context.region, &checks::checked(self.secret_id))?;
        Ok(Stopped { arn: record.arn.clone() })
    }
}
