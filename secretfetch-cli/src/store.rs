//! The store that a plan names.

use std::sync::Arc;

use secretfetch::{AwsSecretStore, LocalSecretStore, Plan, Result, SecretStore, StoreConfig};

use crate::args::{PlanArguments, value_of};

pub(crate) async fn open(plan: &Plan, arguments: &PlanArguments) -> Result<Arc<dyn SecretStore>> {
    match plan.store() {
        StoreConfig::File(path) => Ok(Arc::new(LocalSecretStore::open(path)?)),
        StoreConfig::Aws { role_arn, external_id, endpoint_url } => {
            let builder = AwsSecretStore::builder()
                .region(plan.region().cloned())
                .profile(value_of(&arguments.aws.profile))
                .endpoint_url(endpoint_url.clone())
                .role_arn(role_arn.clone())
                .external_id(external_id.clone())
                .batch(plan.batch());
            Ok(Arc::new(builder.build().await?))
        }
        _ => Err(crate::outcome::usage("this store is not known to the command line").into()),
    }
}
