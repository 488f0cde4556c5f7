//! A ServiceAccount, a ConfigMap and a Deployment, as examples/kubernetes has them.

use std::fmt::Write as _;

use secretfetch::Result;

use super::delivery::{CONFIG_DIRECTORY, CONFIG_FILE, Delivery, PROGRAM_DIRECTORY, install, list, quoted, started};

/// What every container of a restricted namespace says (Pod Security Standards).
const RESTRICTED: &str = "          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
";

pub(super) fn manifest(delivery: &Delivery) -> Result<String> {
    let app = &delivery.app;
    let mut text = format!(
        "\
# To change: the two images, what the service needs, and who it is: `secretfetch policy` prints what that identity must be
# allowed. The guide is docs/kubernetes.md.
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {app}
  # With IRSA, and not with EKS Pod Identity:
  # annotations:
  #   eks.amazonaws.com/role-arn: arn:aws:iam::123456789012:role/NAME
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {app}-secretfetch
data:
  secretfetch.yaml: {}
",
        block(&delivery.text, "    ")
    );
    let mut items = String::new();
    for (place, (path, below)) in delivery.templates.iter().enumerate() {
        let content = std::fs::read_to_string(path)
            .map_err(|error| crate::outcome::usage(format!("cannot read the template: {error}")).with_file(path))?;
        let _ = writeln!(text, "  template-{place}: {}", block(&content, "    "));
        let _ = writeln!(items, "              - {{key: template-{place}, path: {}}}", quoted(below));
    }
    if !items.is_empty() {
        items.insert_str(0, "            items:\n              - {key: secretfetch.yaml, path: secretfetch.yaml}\n");
    }
    let _ = write!(
        text,
        "\
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {app}
  labels:
    app.kubernetes.io/name: {app}
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: {app}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {app}
    spec:
      serviceAccountName: {app}
      automountServiceAccountToken: false # nobody here talks to the Kubernetes API; IRSA and Pod Identity mount their own
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        runAsGroup: 65532
        fsGroup: 65532 # the group of the files, which every container is in
        seccompProfile:
          type: RuntimeDefault
      volumes:
        - name: secretfetch-config
          configMap:
            name: {app}-secretfetch
{items}"
    );
    for (name, is_there, size) in
        [("secretfetch-files", delivery.has_files(), "8Mi"), ("secretfetch-program", delivery.is_exec(), "16Mi")]
    {
        if is_there {
            // The program is no secret, and a limit of memory would count it.
            let medium = if name == "secretfetch-files" { "            medium: Memory\n" } else { "" };
            let _ =
                write!(text, "        - name: {name}\n          emptyDir:\n{medium}            sizeLimit: {size}\n");
        }
    }
    let config = mount("secretfetch-config", CONFIG_DIRECTORY, true);
    let files = |is_read_only| match delivery.has_files() {
        true => mount("secretfetch-files", &delivery.directory, is_read_only),
        false => String::new(),
    };
    let program = |is_read_only| mount("secretfetch-program", PROGRAM_DIRECTORY, is_read_only);
    let words: Vec<String> =
        delivery.arguments(Some(CONFIG_FILE), None).iter().map(|word| word.replace("$(", "$$(")).collect();
    let (init, mounts, command, app_mounts) = if delivery.is_exec() {
        let all = started(words);
        let command = format!("          command: {} # your own behind the --\n", list(&all));
        (list(&install()), program(false), command, program(true) + &config + &files(false))
    } else {
        (list(&words), config + &files(false), String::new(), files(true))
    };
    let _ = write!(
        text,
        "      initContainers:
        - name: secretfetch
          image: secretfetch:latest # change: the image, by digest
          args: {init}
          terminationMessagePolicy: FallbackToLogsOnError # what failed, and what to do, in `kubectl describe pod`
{RESTRICTED}          resources:
            requests:
              cpu: 10m
              memory: 16Mi
            limits:
              memory: 64Mi # what is written to a volume in memory counts here too
          volumeMounts:
{mounts}      containers:
        - name: {app}
          image: your-service:latest # change
{command}{}{RESTRICTED}          volumeMounts:
{app_mounts}",
        environment(delivery)
    );
    Ok(text)
}

fn mount(name: &str, path: &str, is_read_only: bool) -> String {
    let read_only = if is_read_only { "              readOnly: true\n" } else { "" };
    format!("            - name: {name}\n              mountPath: {}\n{read_only}", quoted(path))
}

/// Env-files that the kubelet reads, key by key.
fn environment(delivery: &Delivery) -> String {
    let is_read = |file: &&secretfetch::FileConfig| file.format.dialect() == Some("kubernetes");
    let mut env = String::new();
    for file in delivery.config.files.iter().filter(is_read) {
        let path = quoted(&file.path);
        let reference = |key: &str| {
            format!("valueFrom: {{fileKeyRef: {{volumeName: secretfetch-files, path: {path}, key: {key}}}}}")
        };
        match file.entry_names() {
            Some(names) => names.iter().for_each(|name| {
                let name = quoted(name);
                let _ = writeln!(env, "            - {{name: {name}, {}}}", reference(&name));
            }),
            None => {
                env.push_str(
                    "            # One of these for each key, which `keys` in the configuration would name:\n",
                );
                let _ = writeln!(env, "            # - {{name: KEY, {}}}", reference("KEY"));
            }
        }
    }
    match env.is_empty() {
        true => env,
        // With comments alone the list is empty.
        false if env.lines().all(|line| line.trim_start().starts_with('#')) => format!("          env: []\n{env}"),
        false => format!("          env: # by the kubelet (Kubernetes 1.35 and later)\n{env}"),
    }
}

/// The text as a block, or quoted where a block would not keep it.
fn block(text: &str, indent: &str) -> String {
    let is_plain = |c: char| c == '\n' || !(secretfetch::is_invisible(c) || c == '\u{7f}');
    let keeps =
        !text.trim().is_empty() && text.chars().all(is_plain) && text.ends_with('\n') && !text.ends_with("\n\n");
    if !keeps {
        return quoted(text);
    }
    // The indicator says how deep it is, whatever its first line begins with.
    let mut block = format!("|{}", indent.len() - 2);
    for line in text.lines() {
        block.push('\n');
        if !line.is_empty() {
            block.push_str(indent);
            block.push_str(line);
        }
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_block_where_that_keeps_it() {
        assert_eq!(block("a: 1\n\n  b\n", "    "), "|2\n    a: 1\n\n      b");
        assert_eq!(block("  a\n", "    "), "|2\n      a");
        for text in ["", "\n", "a", "a\n\n", "a\r\n", "a\tb\u{7f}\n", "a\u{2028}\n"] {
            assert_eq!(serde_json::from_str::<String>(&block(text, "    ")).unwrap(), text);
        }
    }
}
