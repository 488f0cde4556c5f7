//! `manifest`: what brings a configuration's secrets to a service. That platforms take it, .ci/manifests holds.

use crate::scene::Scene;

const CONFIG: &str = "\
name: orders
files:
  - path: app.env
    format: env
    dialect: kubernetes
    secretId: prod/db
    keys: {DB_USER: username}
  - {path: all.env, format: env, dialect: systemd, secretId: prod/db}
";

const TARGETS: [&str; 4] = ["kubernetes", "ecs", "compose", "systemd"];

#[test]
fn the_configuration_comes_along_as_it_is_written() {
    let scene = Scene::new().with_file("c.yaml", CONFIG);
    let text = scene.run(&["manifest", "kubernetes", "--config", "c.yaml"]);
    text.assert_done();
    let indented: String = CONFIG.lines().map(|line| format!("    {line}\n")).collect();
    assert!(text.stdout().contains(&format!("  secretfetch.yaml: |2\n{indented}---\n")), "{}", text.stdout());

    let text = scene.run(&["manifest", "ecs", "--config", "c.yaml"]);
    let definition: serde_json::Value = serde_json::from_str(text.stdout()).unwrap();
    assert_eq!(definition["containerDefinitions"][0]["environment"][0]["value"], CONFIG);
    assert_eq!(
        definition["containerDefinitions"][0]["command"],
        serde_json::json!(["fetch", "--directory=/secret", "--mode=0444"])
    );
}

#[test]
fn the_kubelet_and_systemd_take_the_files_that_are_for_them() {
    let scene = Scene::new().with_file("c.yaml", CONFIG);
    let text = scene.run(&["manifest", "kubernetes", "--config", "c.yaml"]);
    let reference = r#"- {name: "DB_USER", valueFrom: {fileKeyRef: {volumeName: secretfetch-files, path: "app.env", key: "DB_USER"}}}"#;
    assert!(text.stdout().contains(reference), "{}", text.stdout());
    let text = scene.run(&["manifest", "systemd", "--config", "c.yaml"]);
    assert!(text.stdout().contains("\nEnvironmentFile=-%t/orders/all.env\n"), "{}", text.stdout());
}

#[test]
fn a_program_with_secrets_in_its_environment_is_started_by_ours() {
    let scene = Scene::new().with_file("c.yaml", "environment: {secretId: prod/db}\n");
    for (target, starts) in [
        (
            "kubernetes",
            r#"command: ["/opt/secretfetch/secretfetch", "exec", "--config=/etc/secretfetch/secretfetch.yaml", "--", "/your-program"]"#,
        ),
        ("ecs", r#""entryPoint": ["/opt/secretfetch/secretfetch", "exec", "--", "/your-program"]"#),
        (
            "compose",
            r#"entrypoint: ["/opt/secretfetch/secretfetch", "exec", "--config=/etc/secretfetch/secretfetch.yaml", "--", "/your-program"]"#,
        ),
        (
            "systemd",
            "ExecStart=/usr/local/bin/secretfetch exec --config=/etc/secretfetch/app.yaml -- /usr/local/bin/app\n",
        ),
    ] {
        let text = scene.run(&["manifest", target, "--config", "c.yaml"]);
        text.assert_done();
        assert!(text.stdout().contains(starts), "{}", text.stdout());
    }
}

#[test]
fn templates_come_along_or_the_field_is_named() {
    let config = "files: [{path: url, templateFile: t/url.tmpl, secretId: prod/db}]\n";
    let scene = Scene::new().with_file("c.yaml", config);
    std::fs::create_dir(scene.path("t")).unwrap();
    let scene = scene.with_file("t/url.tmpl", "a={{ a | raw }}\n");
    let text = scene.run(&["manifest", "kubernetes", "--config", "c.yaml"]);
    text.assert_done();
    for part in ["  template-0: |2\n    a={{ a | raw }}\n", "- {key: template-0, path: \"t/url.tmpl\"}"] {
        assert!(text.stdout().contains(part), "{}", text.stdout());
    }
    let text = scene.run(&["manifest", "compose", "--config", "c.yaml"]);
    assert!(text.stdout().contains(r#"- "./t/url.tmpl:/etc/secretfetch/t/url.tmpl:ro""#), "{}", text.stdout());
    let output = scene.run(&["manifest", "ecs", "--config", "c.yaml"]);
    assert_eq!(output.code(), 2);
    output.assert_tells(&["a task definition has no file beside the configuration", "`templateFile`"]);
    let output = scene.run(&["manifest", "systemd", "--config", "c.yaml"]);
    output.assert_done();
    output.assert_tells(&["the configuration's templates go to /etc/secretfetch as well: t/url.tmpl"]);
}

#[test]
fn what_cannot_come_along_is_told() {
    let scene = Scene::new().with_file("c.yaml", "store: file:s.json\nfiles: [{path: a, secretId: b}]\n");
    for target in ["kubernetes", "ecs", "systemd"] {
        let output = scene.run(&["manifest", target, "--config", "c.yaml"]);
        output.assert_done();
        output.assert_tells(&["the store `file:s.json` is a file of this machine"]);
    }
    let output = scene.run(&["manifest", "compose", "--config", "c.yaml"]);
    assert!(output.stdout().contains(r#"- "./s.json:/etc/secretfetch/s.json:ro""#), "{}", output.stdout());
    scene.write("c.yaml", "store: file:/srv/s.json\nfiles: [{path: a, secretId: b}]\n");
    let output = scene.run(&["manifest", "compose", "--config", "c.yaml"]);
    assert!(output.stdout().contains(r#"- "/srv/s.json:/srv/s.json:ro""#), "{}", output.stdout());
    assert!(output.stderr.is_empty());
}

#[test]
fn a_dollar_is_no_variable_anywhere() {
    let scene = Scene::new().with_file("c$x.yaml", "directory: /run/$(x)\nfiles: [{path: a, secretId: b}]\n");
    let output = scene.run(&["manifest", "compose", "--config", "c$x.yaml"]);
    for part in [r#""./c$$x.yaml:/etc/secretfetch/secretfetch.yaml:ro""#, r#""files:/run/$$(x)""#] {
        assert!(output.stdout().contains(part), "{}", output.stdout());
    }
}

#[test]
fn bad_input_names_what_to_change() {
    let scene = Scene::new().with_file("bad.yaml", "files: [{path: a}]\n");
    let scene = scene.with_file("root.yaml", "directory: /\nfiles: [{path: a, secretId: b}]\n");
    for target in TARGETS {
        for (arguments, says) in [
            (vec![], "`--config` is missing"),
            (vec!["--config", "none.yaml"], "cannot read the configuration"),
            (vec!["--config", "bad.yaml"], "secretId"),
            (vec!["--config", "root.yaml"], "`directory` is the root of all files"),
            (vec!["--config", "/dev/null"], "/dev/null"),
        ] {
            let output = scene.run(&[&["manifest", target], arguments.as_slice()].concat());
            assert_eq!(output.code(), 2, "{target} {arguments:?}");
            output.assert_tells(&[says]);
            assert!(output.stdout.is_empty(), "{target} {arguments:?}");
        }
    }
    let output = scene.run(&["manifest", "nomad", "--config", "bad.yaml"]);
    assert_eq!(output.code(), 2);
    output.assert_tells(&["`nomad` is none of `kubernetes`, `ecs`, `compose` and `systemd`"]);
    let output = scene.run(&["manifest"]);
    assert_eq!(output.code(), 2);
    output.assert_tells(&["kubernetes|ecs|compose|systemd"]);
    let output = scene.with_variables([("SECRETFETCH_CONFIG_INLINE", CONFIG)]).run(&["manifest", "ecs"]);
    output.assert_tells(&["`manifest` reads a file, and not SECRETFETCH_CONFIG_INLINE"]);
}
