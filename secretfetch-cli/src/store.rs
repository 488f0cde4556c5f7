//! The store that a plan names.

use std::sync::Arc;

use secretfetch::{LocalSecretStore, Plan, Result, SecretStore, StoreConfig};

use crate::args::PlanArguments;

pub(crate) async fn open(plan: &Plan, arguments: &PlanArguments) -> Result<Arc<dyn SecretStore>> {
    match plan.store() {
        StoreConfig::File(path) => Ok(Arc::new(LocalSecretStore::open(path)?)),
        StoreConfig::Aws { role_arn, endpoint_url } => {
            let _ = (role_arn, endpoint_url, arguments);
            Err(crate::plan::usage("aws not merged").into())
        }
        _ => Err(crate::plan::usage("this store is not known to the command line").into()),
    }
}
