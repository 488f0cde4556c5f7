//! `convert`: standard input in another format, and what is said of input that has none.

use secretfetch::Format;

use crate::scene::{Outcome, Scene};

pub(crate) fn convert(arguments: &[&str], input: &[u8]) -> Outcome {
    Scene::new().command(&[&["convert"], arguments].concat()).input(input).run()
}

#[test]
fn convert_writes_every_format() {
    let json = br#"{"user":"it's","n":1e400,"l":[1,{"a":null}]}"#;
    for (arguments, expected) in [
        (&["-f", "raw"][..], r#"{"user":"it's","n":1e400,"l":[1,{"a":null}]}"#),
        (&["-f", "raw", "-k", "l"], r#"[1,{"a":null}]"#),
        (&["-f", "json"], "{\"user\":\"it's\",\"n\":1e400,\"l\":[1,{\"a\":null}]}\n"),
        (&["-f", "properties", "--nulls", "empty"], "user=it's\nn=1e400\nl[0]=1\nl[1].a=\n"),
        (&["-f", "env", "-d", "docker"], "user=it's\nn=1e400\nl=[1,{\"a\":null}]\n"),
        (
            &["-f", "env", "--key-style", "upper-snake", "--prefix", "A_"],
            "A_USER=\"it's\"\nA_N=1e400\nA_L='[1,{\"a\":null}]'\n",
        ),
        (&["-f", "env", "-k", "USER=user"], "USER=\"it's\"\n"),
        (
            &["-f", "env", "--as", "WHOLE", "-d", "docker"],
            "WHOLE={\"user\":\"it's\",\"n\":1e400,\"l\":[1,{\"a\":null}]}\n",
        ),
    ] {
        let output = convert(arguments, json);
        assert_eq!(output.stdout(), expected, "{arguments:?}: {}", output.stderr());
    }
}

/// Each of these has a program of its own, and keys that it needs.
#[test]
fn a_login_is_written_for_its_program_or_its_missing_key_is_named() {
    let secret = br#"{"engine":"postgres","host":"db","username":"app","password":"a:b"}"#;
    for (format, expected) in [
        ("pgpass", "db:5432:*:app:a\\:b\n"),
        ("mycnf", "[client]\nuser=\"app\"\npassword=\"a:b\"\nhost=\"db\"\n"),
        ("netrc", "machine db\nlogin app\npassword a:b\n"),
        (
            "dockerconfigjson",
            "{\"auths\":{\"db\":{\"username\":\"app\",\"password\":\"a:b\",\"auth\":\"YXBwOmE6Yg==\"}}}\n",
        ),
    ] {
        let output = convert(&["-f", format], secret);
        output.assert_done();
        assert_eq!(output.stdout(), expected, "{format}: {}", output.stderr());
        convert(&["-f", format], br#"{"host":"db","username":"app"}"#).assert_fails(3, &["`password`"]);
        // What has no meaning for a login is said, not swallowed.
        for option in [&["--flatten"][..], &["--prefix", "X_"], &["-k", "engine"]] {
            let output = convert(&[&["-f", format], option].concat(), secret);
            output.assert_fails(2, &[format]);
        }
    }
}

/// A user who does not say which program reads the file hears where programs differ, and no more than once.
#[test]
fn a_dialect_that_nobody_chose_is_spoken_of_where_readers_differ() {
    for (arguments, input, key) in [
        (&["-f", "env"][..], r#"{"A":"x","B":"y z","C":"z z"}"#, Some("`B`")),
        (&["-f", "env"], r#"{"A":"x"}"#, None),
        (&["-f", "env", "-d", "dotenv"], r#"{"B":"y z"}"#, None),
        (&["-f", "env", "--quiet"], r#"{"B":"y z"}"#, None),
        (&["-f", "properties"], r#"{"a":"x","b":"${c}"}"#, Some("`b`")),
        (&["-f", "properties"], r#"{"a":"x","b":""}"#, Some("`b`")),
        (&["-f", "properties"], r#"{"a":"x$y"}"#, None),
        (&["-f", "properties", "-d", "java"], r#"{"b":"${c}"}"#, None),
        (&["-f", "yaml"], r#"{"a":1,"b":{"c":[1.10]}}"#, Some("`b`")),
        (&["-f", "yaml"], r#"{"a":1,"b":{"c":["x"]}}"#, None),
        (&["-f", "json"], r##"{"a":"#{x} y"}"##, None),
    ] {
        let output = convert(arguments, input.as_bytes());
        assert_eq!(output.code(), 0, "{arguments:?} {input}");
        let told = output.stderr();
        match key {
            Some(key) => assert!(told.starts_with(&format!("note: {key} ")) && told.lines().count() == 1, "{told}"),
            None => assert_eq!(told, "", "{arguments:?} {input}"),
        }
    }
}

/// Following a hint must not end in a file that the same reader takes for something else.
#[test]
fn a_refusal_proposes_what_helps_the_same_reader() {
    let names: Vec<_> = ["env", "properties", "yaml", "files"].into_iter().flat_map(Format::dialects).collect();
    for (arguments, input) in [
        (&["-f", "env", "-d", "kubernetes"][..], r#"{"A":"it's"}"#),
        (&["-f", "env", "-d", "docker"], r#"{"A":"x\ny"}"#),
        (&["-f", "env", "-d", "systemd"], r#"{"A":"x\ry"}"#),
        (&["-f", "env", "-d", "posix"], r#"{"A":"\u0000"}"#),
        (&["-f", "properties", "-d", "spring"], r#"{"A":"${b}"}"#),
        (&["-f", "properties", "-d", "quarkus"], r#"{"A":""}"#),
        (&["-f", "yaml", "-d", "spring"], r#"{"A":"${b}"}"#),
    ] {
        let output = convert(arguments, input.as_bytes());
        output.assert_fails(6, &["`A`"]);
        let told = output.stderr();
        let others = names.iter().filter(|name| **name != arguments[3]);
        let proposed: Vec<_> = others.filter(|name| told.contains(&format!("`{name}`"))).collect();
        assert!(proposed.is_empty(), "{arguments:?}: {told} proposes {proposed:?}");
        assert!(told.contains("change the value") || told.contains("leave the entry out"), "{told}");
    }
    // A name that would make Spring or Quarkus read other configuration must be meant.
    for (format, dialect, name) in [
        ("properties", "spring", "spring.config.import"),
        ("yaml", "spring", "spring.profiles"),
        ("properties", "quarkus", "smallrye.config.locations"),
    ] {
        let input = format!(r#"{{"{name}":"x"}}"#);
        convert(&["-f", format, "-d", dialect], input.as_bytes()).assert_fails(6, &[name, "`keys`"]);
        let meant = convert(&["-f", format, "-d", dialect, "-k", name], input.as_bytes());
        meant.assert_done();
    }
    // Whoever chose the portable dialect may have one reader: then its own dialect is said, and whose it is.
    let output = convert(&["-f", "env"], br#"{"A":"it's \"$x\""}"#);
    let told = output.stderr();
    assert!(told.contains("if one program reads the file") && told.contains("`posix` for a shell"), "{told}");
    // An empty value is none to the kubelet.
    let output = convert(&["-f", "env", "-d", "kubernetes"], br#"{"A":""}"#);
    let told = output.stderr();
    assert!(told.contains("`optional: true`"), "{told}");
}

#[test]
fn convert_refuses_with_every_key_and_no_value() {
    let input = br#"{"a":"hunter2\n'\"$","b":null,"LD_PRELOAD":"hunter2","1":"hunter2"}"#;
    let output = convert(&["-f", "env"], input);
    output.assert_fails(6, &["`a`", "`b`", "`LD_PRELOAD`", "`1`", "posix", "nulls: omit"]);
    assert!(!output.stderr().contains("hunter2"));
}

#[test]
fn convert_names_what_the_input_is() {
    for (input, text) in [
        (&b""[..], "empty"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b"\xff\xfe", "not UTF-8"),
        (b"hunter2", "plain text"),
        (b"[1]", "an array"),
        (b"\"hunter2\"", "a string"),
        (b"{\"a\":NaN}", "NaN"),
        (b"{\"a\":1}x", "more text follows"),
        (b"{\"a\":1,\"a\":2}", "twice"),
    ] {
        let output = convert(&["-f", "json"], input);
        output.assert_fails(6, &[text]);
        assert!(!output.stderr().contains("hunter2"));
    }
}

/// What OpenSSL, nginx and others make of these formats is tried in `.ci/tls`.
#[test]
fn a_certificate_is_written_with_a_note_where_it_is_too_old_and_refused_where_it_is_none() {
    let expired = include_str!("expired.pem");
    let input = format!("{{\"certificate\": {expired:?}, \"note\": \"x\"}}");
    let output = convert(&["-f", "pem", "-d", "fullchain"], input.replace("\\n", "\\r\\n").as_bytes());
    assert_eq!((output.code(), output.stdout()), (0, expired));
    assert_eq!(output.stderr(), "note: certificate 1 of `certificate` expired on 2021-01-01\n");
    convert(&["-f", "pem"], input.as_bytes()).assert_fails(3, &["`privateKey`", "`certificate`, `note`"]);
    convert(&["-f", "pem"], br#"{"certificate": "hunter2"}"#)
        .assert_fails(6, &["`certificate`", "neither PEM nor DER"]);
    convert(&["-f", "pkcs12", "-d", "bundle"], b"{}").assert_fails(2, &["`pkcs12` has no dialects"]);
}

/// A scene with a template in the file `template`.
fn with_template(text: &str) -> Scene {
    let scene = Scene::new();
    std::fs::write(scene.path("template"), text).unwrap();
    scene
}

#[test]
fn a_template_is_filled_and_needs_no_format_named() {
    let scene = with_template("postgres://{{ u | url }}:{{ p | url }}@db\r\n# {{ p | shell }} {{");
    let fill = |arguments: &[&str]| {
        scene.command(&[&["convert"], arguments].concat()).input(br#"{"u":"app","p":"p@ss/w#rd"}"#).run()
    };
    let told = fill(&["--template", "template"]);
    assert_eq!(told.code(), 2);
    assert!(told.stderr().contains("line 2, column 19: the slot is not closed on its line"), "{}", told.stderr());
    std::fs::write(scene.path("template"), "postgres://{{ u | url }}:{{ p | url }}@db\r\n# {{ p | shell }}").unwrap();
    for arguments in [&["--template", "template"][..], &["-f", "template", "--template", "template"]] {
        let filled = fill(arguments);
        assert_eq!(filled.stdout(), "postgres://app:p%40ss%2Fw%23rd@db\r\n# 'p@ss/w#rd'", "{}", filled.stderr());
    }
    for (arguments, what) in [
        (&["-f", "template"][..], "`--format template` needs a template; name its file with `--template PATH`"),
        (&["-f", "json", "--template", "template"], "`--format json` and `--template` are both given"),
        (&["--template", "no-such-file"], "file `no-such-file`: cannot read the template: no such file"),
    ] {
        let refused = fill(arguments);
        assert_eq!(refused.code(), 2, "{arguments:?}");
        assert!(refused.stderr().contains(what), "{}", refused.stderr());
    }
}

#[test]
fn a_template_that_is_none_is_refused_and_not_read_to_its_end() {
    let scene = with_template("");
    for (content, what) in [
        (&b"\xff\xfe"[..], "cannot read the template: invalid data"),
        (&vec![b'x'; 10 << 20], "cannot read the template: it has more than 1 MiB"),
    ] {
        std::fs::write(scene.path("template"), content).unwrap();
        let refused = scene.command(&["convert", "--template", "template"]).input(b"{}").run();
        assert_eq!(refused.code(), 2);
        assert!(refused.stderr().contains(what), "{}", refused.stderr());
    }
}

#[test]
fn slots_are_checked_offline_and_unused_entries_are_told_by_check() {
    let scene = Scene::new();
    std::fs::write(scene.path("store.json"), r#"{"s": {"user": "app", "spare": "x"}}"#).unwrap();
    let check = |file: &str, more: &[&str]| {
        std::fs::write(
            scene.path("c.yaml"),
            format!("store: file:store.json\nfiles:\n  - {{path: a, secretId: s, {file}}}\n"),
        )
        .unwrap();
        scene.run(&[&["check", "--config", "c.yaml"], more].concat())
    };
    for (file, what) in [
        (
            r#"template: "{{ user | jsn }}""#,
            "line 3: template, line 1, column 1: `jsn` is not a filter; did you mean `json`?",
        ),
        (r#"template: "{{ usr | raw }}", keys: [user]"#, "there is no entry `usr`; did you mean `user`?"),
    ] {
        let told = check(file, &["--offline"]);
        assert_eq!(told.code(), 2, "{file}");
        assert!(told.stderr().contains(what), "{}", told.stderr());
    }
    let told = check(r#"template: "{{ user | raw }}""#, &[]);
    assert_eq!(told.code(), 0, "{}", told.stderr());
    assert!(told.stderr().contains("`a`: no slot of the template uses `spare`"), "{}", told.stderr());
    let fetched = scene.run(&["fetch", "--config", "c.yaml"]);
    assert_eq!(fetched.code(), 0);
    assert!(!fetched.stderr().contains("spare"), "{}", fetched.stderr());
    assert_eq!(std::fs::read_to_string(scene.path("a")).unwrap(), "app");
}
