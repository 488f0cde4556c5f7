//! A test in a process of its own, so that the environment and the profiles are known.

use std::process::Command;

use crate::account::Account;

/// The AWS configuration file of the process.
const CONFIG_FILE: &str = "AWS_CONFIG_FILE";
const MARK: &str = "TEST_IN_OWN_PROCESS";

/// Runs `test`, whose own name is `name`, on accounts that each have a profile.
pub(crate) fn in_own_process<const N: usize>(
    name: &str,
    accounts: impl FnOnce() -> [Account; N],
    test: impl AsyncFnOnce(&[Account; N]),
) {
    if std::env::var_os(MARK).is_none() {
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", name, "--nocapture"]).env_clear().env(MARK, "1").env("HOME", directory.path());
        child.env(CONFIG_FILE, directory.path().join("config")).env("AWS_EC2_METADATA_DISABLED", "true");
        let count = std::env::var_os("TEST_COUNT");
        child.envs(count.map(|count| ("TEST_COUNT", count)));
        let status = child.status().unwrap();
        assert!(status.success(), "the test has failed in its own process");
        return;
    }
    let accounts = accounts();
    let mut profiles = String::new();
    accounts.iter().for_each(|account| account.write_profile(&mut profiles));
    std::fs::write(std::env::var_os(CONFIG_FILE).unwrap(), profiles).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test(&accounts));
}
