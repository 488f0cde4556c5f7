//! The least IAM policy of a plan. It is made of the plan alone: no network, no credentials.

use super::pattern::{is_covered, without_covered};
use crate::plan::Plan;
use crate::secret::StoreName;
use crate::store::{Asked, Condition, Permission, PolicyScope};

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
        policies.into_iter().map(Policy::least).collect()
    }

    fn add(&mut self, permission: Permission) {
        // What is encrypted with which key is nobody's to say twice: the context names the resource. Other conditions are those of
        // their own resources.
        let joins_values = permission.action == "kms:Decrypt";
        let same = |known: &&mut Permission| {
            (known.sid, known.action) == (permission.sid, permission.action)
                && (joins_values || known.conditions == permission.conditions)
        };
        let Some(known) = self.permissions.iter_mut().find(same) else {
            self.permissions.push(permission);
            return;
        };
        known.resources.extend(permission.resources);
        for condition in permission.conditions.into_iter().filter(|_| joins_values) {
            let same = |known: &&mut Condition| (known.operator, &known.key) == (condition.operator, &condition.key);
            match known.conditions.iter_mut().find(same) {
                Some(known) => known.values.extend(condition.values),
                None => known.conditions.push(condition),
            }
        }
    }

    /// Without what is said twice.
    fn least(mut self) -> Self {
        for permission in &mut self.permissions {
            without_covered(&mut permission.resources);
            permission.conditions.iter_mut().for_each(|condition| without_covered(&mut condition.values));
        }
        // What is allowed under fewer conditions needs no more of them.
        let all = self.permissions.clone();
        for permission in &mut self.permissions {
            let is_wider = |other: &&Permission| {
                other.action == permission.action
                    && other.conditions.len() < permission.conditions.len()
                    && other.conditions.iter().all(|condition| permission.conditions.contains(condition))
            };
            let wider: Vec<&str> =
                all.iter().filter(is_wider).flat_map(|other| &other.resources).map(String::as_str).collect();
            permission.resources.retain(|arn| !is_covered(arn, &wider));
        }
        self.permissions.retain(|permission| !permission.resources.is_empty());
        self
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
    pub(super) fn resources(&self) -> impl Iterator<Item = &str> {
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
        let statement = |(place, permission): (usize, &Permission)| {
            // No two statements of a policy may have one id.
            let before = self.permissions[..place].iter().filter(|other| other.sid == permission.sid).count();
            let number = if before == 0 { String::new() } else { (before + 1).to_string() };
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
                let Condition { key, values, .. } = condition;
                let values = list(values, "          ");
                format!("{}: {values}", quoted(key))
            };
            // The keys of one operator stand together.
            let mut operators: Vec<(&str, Vec<String>)> = Vec::new();
            for one in &permission.conditions {
                match operators.iter_mut().find(|(operator, _)| *operator == one.operator) {
                    Some((_, keys)) => keys.push(condition(one)),
                    None => operators.push((one.operator, vec![condition(one)])),
                }
            }
            let operator = |(operator, keys): &(&str, Vec<String>)| {
                format!("        \"{operator}\": {{\n          {}\n        }}", keys.join(",\n          "))
            };
            let conditions: Vec<String> = operators.iter().map(operator).collect();
            let conditions = match conditions.as_slice() {
                [] => String::new(),
                all => format!(",\n      \"Condition\": {{\n{}\n      }}", all.join(",\n")),
            };
            format!(
                "    {{\n      \"Sid\": \"{}{number}\",\n      \"Effect\": \"Allow\",\n      \
                 \"Action\": \"{}\",\n      \"Resource\": {resource}{conditions}\n    }}",
                permission.sid, permission.action
            )
        };
        let statements: Vec<String> = self.permissions.iter().enumerate().map(statement).collect();
        format!("{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n{}\n  ]\n}}\n", statements.join(",\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Config;

    fn documents(files: &str) -> Vec<serde_json::Value> {
        let stores = "{role: {aws: {roleArn: \"arn:aws:iam::210987654321:role/r\"}}, s3: {s3: {bucket: acme}}}";
        let text = format!("region: eu-west-1\nstores: {stores}\nfiles: [{files}]");
        let plan = Plan::new(Config::from_text(&text, "/etc".as_ref()).unwrap()).unwrap();
        let scope = PolicyScope::default().with_account("123456789012".to_owned());
        Policy::of(&plan, &scope).iter().map(|policy| serde_json::from_str(&policy.to_json()).unwrap()).collect()
    }

    /// The statements that read secrets: id, resources, conditions.
    fn reading(files: &str) -> Vec<String> {
        let document = documents(files).remove(0);
        let statements = document["Statement"].as_array().unwrap().iter();
        let reading = statements.filter(|statement| statement["Action"] == "secretsmanager:GetSecretValue");
        let text = |one: &serde_json::Value| format!("{} {} {}", one["Sid"], one["Resource"], one["Condition"]);
        reading.map(|one| text(one).replace("arn:aws:secretsmanager:eu-west-1:123456789012:secret:", "")).collect()
    }

    #[test]
    fn searches_by_other_tags_are_statements_of_their_own() {
        let find = |n: u8, find: &str| format!("{{path: f{n}, format: json, find: {{{find}}}}}");
        let (pay, ops) = ("tags: {Team: pay}", "tags: {Team: ops, Cost: \"7\"}");
        let both = [find(1, pay), find(2, ops), find(3, &format!("prefix: a, {pay}"))].join(", ");
        let (team_pay, team_ops) = (
            r#"{"StringEquals":{"aws:ResourceTag/Team":["pay"]}}"#,
            r#"{"StringEquals":{"aws:ResourceTag/Cost":["7"],"aws:ResourceTag/Team":["ops"]}}"#,
        );
        assert_eq!(
            reading(&both),
            [format!(r#""ReadTaggedSecrets" ["*"] {team_pay}"#), format!(r#""ReadTaggedSecrets2" ["*"] {team_ops}"#)]
        );
    }

    #[test]
    fn what_is_allowed_under_fewer_conditions_is_not_said_again() {
        let all = "{path: a, format: json, find: {prefix: team/}}, \
                   {path: b, format: json, find: {prefix: team/app/, tags: {Team: pay}}}, {path: c, secretId: team/x}";
        assert_eq!(reading(all), [r#""ReadSecrets" ["team/*"] null"#]);
        let (one, two) = ("tags: {Team: pay}", "prefix: a, tags: {Team: pay, Stage: prod}");
        let fewer = format!("{{path: a, format: json, find: {{{one}}}}}, {{path: b, format: json, find: {{{two}}}}}");
        assert_eq!(reading(&fewer).len(), 1);
        let more = "{path: a, format: json, find: {prefix: a, tags: {Team: pay}}}, \
                    {path: b, format: json, find: {tags: {Team: pay, Stage: prod}}}";
        assert_eq!(reading(more).len(), 2);
    }

    #[test]
    fn what_a_role_asks_for_by_name_is_in_its_own_account() {
        let documents = documents("{path: a, store: role, secretId: a}, {path: b, secretId: a}");
        let text = |at: usize| documents[at].to_string();
        let own = documents.iter().position(|one| one.to_string().contains("sts:AssumeRole")).unwrap();
        assert!(text(own).contains(":123456789012:secret:a-??????") && text(own).contains("210987654321:role/r"));
        assert!(text(1 - own).contains(":210987654321:secret:a-??????") && !text(1 - own).contains("123456789012"));
    }
}
