//! The programs that are compared: how each fetches all secrets of a scene.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::outcome::Result;
use crate::scene::{Identity, REGION, Scene};

/// The most secrets in one BatchGetSecretValue.
const BATCH: usize = 20;

/// One program, ready to run against a scene.
pub(crate) struct Contender {
    /// What the tables call it.
    pub(crate) name: String,
    program: PathBuf,
    arguments: Vec<String>,
    bundle: PathBuf,
    identity: Identity,
    /// What it ends with.
    pub(crate) code: i32,
    /// A second of it is many times what the others take: it gets fewer rounds.
    pub(crate) slow: bool,
}

impl Contender {
    pub(crate) fn command(&self, scene: &Scene) -> Command {
        self.prefixed(&[], scene)
    }

    /// The command as arguments of another, such as valgrind or GNU time.
    pub(crate) fn prefixed(&self, prefix: &[&str], scene: &Scene) -> Command {
        let mut command = match prefix {
            [] => Command::new(&self.program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(&self.program);
                command
            }
        };
        command
            .args(&self.arguments)
            .current_dir(scene.path(""))
            .env_clear()
            .envs(scene.environment(&self.bundle, self.identity))
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    fn new(name: impl Into<String>, program: impl Into<PathBuf>, arguments: &[&str], scene: &Scene) -> Self {
        Contender {
            name: name.into(),
            program: program.into(),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            bundle: scene.path("ca.pem"),
            identity: Identity::Key,
            code: 0,
            slow: false,
        }
    }

    fn trusting(mut self, bundle: PathBuf) -> Self {
        self.bundle = bundle;
        self
    }

    fn slow(mut self) -> Self {
        self.slow = true;
        self
    }
}

/// The binary under test: one secret by options, many by a configuration that puts all of them into one file. That is
/// what the others do: curl leaves the service's answers as they are, twenty secrets in each.
pub(crate) fn ours(binary: &Path, scene: &Scene) -> Contender {
    let one = ["fetch", "--secret-id", "s0", "--output", "out/s0", "--format", "properties", "--quiet"];
    let many = ["fetch", "--config", "one.yaml", "--quiet"];
    let arguments: &[&str] = if scene.secrets() == 1 { &one } else { &many };
    Contender::new("secretfetch", binary, arguments, scene)
}

/// The binary under test before a program, with one secret in its environment. It comes to execve(2) and not beyond it, where
/// what counts instructions would see nothing any more: the PATH that the secret brings has no such program.
pub(crate) fn ours_before_a_program(binary: &Path, scene: &Scene) -> Contender {
    let arguments =
        ["exec", "--secret-id", "s0", "--key", "PATH=username", "--key", "password", "--quiet", "--", "true"];
    Contender { code: 127, ..Contender::new("secretfetch exec", binary, &arguments, scene) }
}

/// The same with parameters of Parameter Store.
pub(crate) fn ours_with_parameters(binary: &Path, scene: &Scene) -> Contender {
    let one =
        ["fetch", "--store", "ssm", "--secret-id", "s0", "--output", "out/s0", "--format", "properties", "--quiet"];
    let many = ["fetch", "--config", "parameters.yaml", "--quiet"];
    let arguments: &[&str] = if scene.secrets() == 1 { &one } else { &many };
    Contender::new("secretfetch, parameters", binary, arguments, scene)
}

/// The same with a file for each secret, every one of them synced and renamed into its place.
pub(crate) fn ours_with_files(binary: &Path, scene: &Scene) -> Contender {
    Contender { name: "secretfetch, a file for each".to_owned(), ..ours_with_config(binary, "files.yaml", scene) }
}

/// The binary under test with a configuration of the scene's directory.
pub(crate) fn ours_with_config(binary: &Path, config: &str, scene: &Scene) -> Contender {
    Contender::new(format!("secretfetch, {config}"), binary, &["fetch", "--config", config, "--quiet"], scene)
}

/// The binary under test as it stays and keeps one file of all secrets fresh.
pub(crate) fn ours_watching(binary: &Path, interval: &str, scene: &Scene) -> Contender {
    let arguments = ["watch", "--config", "one.yaml", "--interval", interval, "--quiet"];
    Contender::new("secretfetch, watch", binary, &arguments, scene)
}

/// The same with a distribution's whole bundle, in which the server's authority is the last.
pub(crate) fn ours_with_bundle(binary: &Path, bundle: &Path, scene: &Scene) -> Result<Contender> {
    let mut contender = ours(binary, scene).trusting(scene.trust_also(bundle)?);
    contender.name = "secretfetch, whole bundle".to_owned();
    Ok(contender)
}

/// The same with a service account's token, which STS must take first.
pub(crate) fn ours_with_web_identity(binary: &Path, scene: &Scene) -> Contender {
    Contender { name: "secretfetch, IRSA".to_owned(), identity: Identity::WebIdentity, ..ours(binary, scene) }
}

/// curl, which signs by itself: `GetSecretValue` for each secret, and for many also `BatchGetSecretValue`, each one
/// after the other on one connection and side by side (`-Z`).
pub(crate) fn curl(scene: &Scene) -> Result<Vec<Contender>> {
    curl_trusting(scene, "ca.pem", "")
}

/// The same with a distribution's whole bundle.
pub(crate) fn curl_with_bundle(bundle: &Path, scene: &Scene) -> Result<Vec<Contender>> {
    scene.trust_also(bundle)?;
    Ok(curl_trusting(scene, "bundle.pem", ", whole bundle")?.into_iter().map(Contender::slow).collect())
}

fn curl_trusting(scene: &Scene, bundle: &str, note: &str) -> Result<Vec<Contender>> {
    let ids: Vec<String> = (0..scene.secrets()).map(|n| format!("s{n}")).collect();
    let get = |id: &String| ("GetSecretValue", serde_json::json!({ "SecretId": id }).to_string());
    let batch = |ids: &[String]| ("BatchGetSecretValue", serde_json::json!({ "SecretIdList": ids }).to_string());
    let gets: Vec<_> = ids.iter().map(get).collect();
    let batches: Vec<_> = ids.chunks(BATCH).map(batch).collect();
    let mut variants = Vec::new();
    if let [_] = gets.as_slice() {
        variants.push(("curl", "curl-get", gets, false));
    } else {
        variants.push(("curl -Z, gets", "curl-gets", gets, true));
        if batches.len() > 1 {
            variants.push(("curl -Z, batches", "curl-parallel", batches.clone(), true));
        }
        variants.push(("curl, batches", "curl-batches", batches, false));
    }
    variants
        .into_iter()
        .map(|(name, file, requests, parallel)| {
            let file = format!("{file}-{bundle}");
            std::fs::write(scene.path(&file), curl_configuration(scene, bundle, &requests))?;
            let parallel: &[&str] = if parallel { &["--parallel"] } else { &[] };
            // `-q` must be first: no `.curlrc`.
            let arguments = [&["-q", "--no-progress-meter", "--fail"], parallel, &["--config", &file]].concat();
            Ok(Contender::new(format!("{name}{note}"), "curl", &arguments, scene))
        })
        .collect()
}

/// Options do not reach over `next`, so each request has all of them.
fn curl_configuration(scene: &Scene, bundle: &str, requests: &[(&str, String)]) -> String {
    let mut text = String::new();
    let url = scene.url();
    for (number, (operation, body)) in requests.iter().enumerate() {
        if number > 0 {
            text.push_str("next\n");
        }
        let body = body.replace('"', "\\\"");
        let _ = write!(
            text,
            "url = \"{url}\"\noutput = \"out/{number}\"\ncacert = \"{bundle}\"\nfail\n\
             aws-sigv4 = \"aws:amz:{REGION}:secretsmanager\"\n\
             user = \"AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\"\n\
             header = \"x-amz-target: secretsmanager.{operation}\"\n\
             header = \"content-type: application/x-amz-json-1.1\"\ndata = \"{body}\"\n"
        );
    }
    text
}

/// The AWS CLI and jq in a shell, as init containers usually have it.
pub(crate) fn aws_cli(name: &str, program: &Path, scene: &Scene) -> Contender {
    // Older ones do not know AWS_ENDPOINT_URL.
    let aws = format!("{} --endpoint-url \"$AWS_ENDPOINT_URL\"", shell_word(&program.to_string_lossy()));
    let script = if scene.secrets() == 1 {
        format!(
            "set -e -o pipefail; {aws} secretsmanager get-secret-value --secret-id s0 | jq -r .SecretString > out/s0"
        )
    } else {
        // xargs runs one command for each twenty names.
        format!(
            "set -e -o pipefail; seq -f s%g 0 {last} | xargs -n {BATCH} {aws} secretsmanager batch-get-secret-value \
             --secret-id-list | jq -r '.SecretValues[].SecretString' > out/all",
            last = scene.secrets() - 1
        )
    };
    Contender::new(format!("{name} + jq"), "bash", &["-c", &script], scene).slow()
}

/// boto3 in a Python program of a few lines.
pub(crate) fn boto3(name: &str, python: &Path, scene: &Scene) -> Result<Contender> {
    let program = if scene.secrets() == 1 {
        "import boto3, json, os\n\
         client = boto3.client('secretsmanager', endpoint_url=os.environ['AWS_ENDPOINT_URL'])\n\
         secret = json.loads(client.get_secret_value(SecretId='s0')['SecretString'])\n\
         open('out/s0', 'w').write(''.join(f'{k}={v}\\n' for k, v in secret.items()))\n"
            .to_owned()
    } else {
        format!(
            "import boto3, os\n\
             client = boto3.client('secretsmanager', endpoint_url=os.environ['AWS_ENDPOINT_URL'])\n\
             for first in range(0, {count}, {BATCH}):\n    \
                 ids = [f's{{n}}' for n in range(first, min(first + {BATCH}, {count}))]\n    \
                 for secret in client.batch_get_secret_value(SecretIdList=ids)['SecretValues']:\n        \
                     open('out/' + secret['Name'], 'w').write(secret['SecretString'])\n",
            count = scene.secrets()
        )
    };
    std::fs::write(scene.path("fetch.py"), program)?;
    Ok(Contender::new(name, python, &["fetch.py"], scene).slow())
}

fn shell_word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
