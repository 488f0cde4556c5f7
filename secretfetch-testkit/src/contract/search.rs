//! Rule 11: what a search brings.

use secretfetch::{ErrorKind, Find, SecretStore as _};

use super::answers::same_value;
use super::report::{Report, Rule};
use super::seed::SeedSecret;
use super::subject::Subject;

pub(super) async fn search<S: Subject>(subject: &S, report: &mut Report) {
    let rule = Rule::Search;
    // Out of order, and names that begin alike.
    let names = ["team/app/b", "team/app2", "team/app/a", "team/ap", "team/app/a/c", "Team/app/x", "team/app"];
    let mut secrets: Vec<_> = names.iter().map(|name| SeedSecret::text(name, &format!("value of {name}"))).collect();
    secrets.push(SeedSecret::text("team/app/versions", "the first").then("the second", None));
    let prepared = subject.prepare(&secrets).await;
    let store = prepared.store();
    match store.find(&Find::by_prefix("team/app/")).await {
        Err(error) if error.kind() == ErrorKind::Config => return report.leave_out(rule, "search"),
        Err(error) => rule.broken(format_args!("a search failed: {error}")),
        Ok(_) => {}
    }
    let mut sorted: Vec<&SeedSecret> = secrets.iter().collect();
    sorted.sort_by(|one, other| one.name.cmp(&other.name));
    for prefix in ["team/app/", "team/app", "team/app/a", "", "absent"] {
        let found = store.find(&Find::by_prefix(prefix)).await;
        let found = found.unwrap_or_else(|error| rule.broken(format_args!("a search for {prefix:?} failed: {error}")));
        let expected: Vec<_> = sorted.iter().filter(|secret| secret.name.starts_with(prefix)).collect();
        let names: Vec<&str> = found.iter().map(|secret| secret.name.as_str()).collect();
        let wanted: Vec<&str> = expected.iter().map(|secret| secret.name.as_str()).collect();
        rule.require(names == wanted, format_args!("{prefix:?} brought {names:?}, and not {wanted:?}"));
        for (secret, seed) in found.iter().zip(expected) {
            same_value(rule, secret, seed.current(), &seed.name);
        }
    }
}
