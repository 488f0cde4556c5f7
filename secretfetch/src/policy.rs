//! The least IAM policy of a plan. It is made of the plan alone: no network, no credentials.

use crate::plan::Plan;
use crate::secret::StoreName;
use crate::store::{Asked, Condition, Permission, PolicyScope};

/// The most characters of a managed policy, white space not counted
/// ([IAM and STS quotas](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)).
const LARGEST_POLICY: usize = 6144;

/// Whether a pattern, in which `?` stands for any character, is of this ARN too.
fn matches(pattern: &str, arn: &str) -> bool {
    pattern.len() == arn.len() && pattern.bytes().zip(arn.bytes()).all(|(p, a)| p == b'?' || p == a)
}

/// What one identity must be allowed in AWS for a plan to work, and nothing more.
///
/// ```
/// use secretfetch::{Config, Plan, Policy, PolicyScope};
///
/// let config = Config::from_text("files: [{path: db.json, secretId: prod/db}]", "/etc".as_ref())?;
/// let scope = PolicyScope::default().with_region("eu-west-1".parse::<secretfetch::Region>()?);
/// let policies = Policy::of(&Plan::new(config)?, &scope);
/// assert!(policies[0].to_json().contains("arn:aws:secretsmanager:eu-west-1:ACCOUNT:secret:prod/db-??????"));
/// # Ok::<(), secretfetch::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Policy {
    role: Option<String>,
    permissions: Vec<Permission>,
}

impl Policy {
    /// One policy for each identity that asks: the run's own, and each role that a store assumes. None where no store of
    /// the plan is in AWS.
    pub fn of(plan: &Plan, scope: &PolicyScope) -> Vec<Policy> {
        let region = scope.region.as_ref().or(plan.region()).cloned();
        let scope = PolicyScope { batch: plan.batch(), region, ..scope.clone() };
        let mut policies: Vec<Policy> = Vec::new();
        let own = || plan.stores().flat_map(|(_, store)| store.secrets()).map(|secret| &secret.request);
        for (name, store) in plan.stores() {
            let is_here = |of: Option<&StoreName>| of.unwrap_or(plan.store()) == name;
            let asked = Asked {
                requests: plan.requests().iter().chain(own()).filter(|request| is_here(request.store())).collect(),
                finds: plan.finds().iter().filter(|find| is_here(find.store())).collect(),
            };
            let permissions = store.permissions(&asked, &scope);
            let mut roles: Vec<&str> = permissions.iter().filter_map(|permission| permission.role.as_deref()).collect();
            roles.dedup();
            let assume = roles.into_iter().map(|role| {
                // Of the run's own identity, whichever store it is.
                Permission::new("AssumeRoles", "sts:AssumeRole", vec![role.to_owned()])
            });
            for permission in assume.collect::<Vec<_>>().into_iter().chain(permissions) {
                let known = policies.iter().position(|policy| policy.role == permission.role);
                let place = known.unwrap_or_else(|| {
                    policies.push(Policy { role: permission.role.clone(), permissions: Vec::new() });
                    policies.len() - 1
                });
                policies[place].add(permission);
            }
        }
        policies
    }

    fn add(&mut self, permission: Permission) {
        let same = |known: &&mut Permission| (known.sid, known.action) == (permission.sid, permission.action);
        let resources = match self.permissions.iter_mut().find(same) {
            Some(known) => {
                known.resources.extend(permission.resources);
                for condition in permission.conditions {
                    let is_same =
                        |known: &&mut Condition| (known.operator, known.key) == (condition.operator, condition.key);
                    match known.conditions.iter_mut().find(is_same) {
                        Some(known) => {
                            let new = condition.values.into_iter().filter(|value| !known.values.contains(value));
                            let new: Vec<String> = new.collect();
                            known.values.extend(new);
                        }
                        None => known.conditions.push(condition),
                    }
                }
                &mut known.resources
            }
            None => {
                self.permissions.push(permission);
                let Some(new) = self.permissions.last_mut() else { return };
                &mut new.resources
            }
        };
        let all = std::mem::take(resources);
        for (place, arn) in all.iter().enumerate() {
            // Said before, or said by the pattern of a name: it would add nothing.
            let covered = all
                .iter()
                .enumerate()
                .any(|(other, pattern)| if pattern == arn { other < place } else { matches(pattern, arn) });
            if !covered {
                resources.push(arn.clone());
            }
        }
    }

    /// The ARN of the role that it is for; `None` for the run's own identity.
    pub fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// What must be allowed, and on what.
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    /// The ARNs, or patterns of them, of what is read.
    fn resources(&self) -> impl Iterator<Item = &str> {
        self.permissions
            .iter()
            .flat_map(|permission| &permission.resources)
            .map(String::as_str)
            .filter(|arn| *arn != "*")
    }

    /// Whether `REGION` stands in it, for a region that is not known.
    pub fn lacks_region(&self) -> bool {
        let conditions = self.permissions.iter().flat_map(|permission| &permission.conditions);
        let mut services = conditions.flat_map(|condition| &condition.values);
        self.resources().any(|arn| arn.split(':').nth(3) == Some(PolicyScope::UNKNOWN_REGION))
            || services.any(|value| value.split('.').nth(1) == Some(PolicyScope::UNKNOWN_REGION))
    }

    /// Whether `ACCOUNT` stands in it, for an account that is not known.
    pub fn lacks_account(&self) -> bool {
        self.resources().any(|arn| arn.split(':').nth(4) == Some(PolicyScope::UNKNOWN_ACCOUNT))
    }

    /// The policy document, its members in the order of IAM's own examples.
    pub fn to_json(&self) -> String {
        let statement = |permission: &Permission| {
            let quoted = |text: &str| serde_json::Value::from(text).to_string();
            let list = |texts: &[String], indent: &str| {
                let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
                format!("[\n{indent}  {}\n{indent}]", texts.join(&format!(",\n{indent}  ")))
            };
            let resource = match permission.resources.as_slice() {
                [all] if all == "*" => quoted(all),
                arns => list(arns, "      "),
            };
            let condition = |condition: &Condition| {
                let Condition { operator, key, values } = condition;
                let values = list(values, "          ");
                format!("        \"{operator}\": {{\n          \"{key}\": {values}\n        }}")
            };
            let conditions: Vec<String> = permission.conditions.iter().map(condition).collect();
            let conditions = match conditions.as_slice() {
                [] => String::new(),
                all => format!(",\n      \"Condition\": {{\n{}\n      }}", all.join(",\n")),
            };
            format!(
                "    {{\n      \"Sid\": \"{}\",\n      \"Effect\": \"Allow\",\n      \
                 \"Action\": \"{}\",\n      \"Resource\": {resource}{conditions}\n    }}",
                permission.sid, permission.action
            )
        };
        let statements: Vec<String> = self.permissions.iter().map(statement).collect();
        format!("{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n{}\n  ]\n}}\n", statements.join(",\n"))
    }

    /// What such a policy cannot say, for the person who attaches it.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(role) = &self.role {
            notes.push(format!("the policy is for {role}; who assumes that role needs `sts:AssumeRole` on it"));
        }
        notes.push(
            "a secret encrypted with a customer managed KMS key also needs `kms:Decrypt` on that key; the key \
             `aws/secretsmanager` needs nothing"
                .to_owned(),
        );
        let mut accounts = self.resources().filter_map(|arn| arn.split(':').nth(4));
        let first = accounts.next();
        if accounts.any(|account| Some(account) != first) {
            notes.push(
                "a secret of another account also needs a resource policy that allows this identity, and a customer \
                 managed KMS key"
                    .to_owned(),
            );
        }
        notes.push(
            "under this policy AWS answers AccessDenied, not ResourceNotFound, for a secret that does not exist"
                .to_owned(),
        );
        let size = self.to_json().chars().filter(|c| !c.is_whitespace()).count();
        if size > LARGEST_POLICY {
            notes.push(format!(
                "a managed policy has at most {LARGEST_POLICY} characters, and this one has {size}: split it"
            ));
        }
        notes
    }
}
