//! A test in a process of its own, so that its environment is known.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// The directory of a test that runs apart.
const HOME: &str = "TEST_HOME";

/// The account's files of a test: `config` and `credentials`, which its process has as the AWS CLI's own.
pub(crate) struct Home<'a>(&'a Path);

impl Home<'_> {
    /// Writes the file of profiles; STS is asked where its `endpoint_url` says.
    pub(crate) fn write_config(&self, text: &str) {
        std::fs::write(self.0.join("config"), text).unwrap();
    }

    /// Who asks, from now on.
    pub(crate) fn write_key(&self, id: &str, secret: &str) {
        let text = format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
        std::fs::write(self.0.join("credentials"), text).unwrap();
    }
}

/// Runs a test in a process that has credentials in its files, a region, and nothing else of this one's environment.
pub(crate) fn apart<F: AsyncFnOnce(Home<'_>)>(test: F) {
    let name = std::any::type_name_of_val(&test);
    if let Some(home) = std::env::var_os(HOME) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        return runtime.block_on(test(Home(Path::new(&home))));
    }
    // `CRATE::MODULE::TEST::{{closure}}`
    let name = name.split("::").skip(1).take_while(|part| !part.starts_with('{')).collect::<Vec<_>>().join("::");
    let directory: TempDir = tempfile::tempdir().unwrap();
    Home(directory.path()).write_key("testing", "testing");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &name, "--nocapture"])
        .env_clear()
        .env(HOME, directory.path())
        .env("HOME", directory.path())
        .env("AWS_CONFIG_FILE", directory.path().join("config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", directory.path().join("credentials"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_REGION", "eu-west-1")
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}\n{stderr}");
    assert!(stdout.contains("1 passed"), "the test {name} was not found:\n{stdout}");
}
