//! Who we are: credentials that cannot be sent, profiles that were asked for, and names that AWS itself gives.

use secretfetch_testkit::Operation;

use crate::network::answer::answer_once;
use crate::network::fetch::{REGION, SECRET, access_keys, bare, fetch, fetch_all, fetch_config, scene};
use crate::scene::{Invocation, Outcome, Scene};

const CANARY: &str = "hunter2";

/// Asserts that the run ended at once, before a request, and without showing the value.
#[track_caller]
fn assert_refused(scene: &Scene, run: &Outcome, words: &[&str]) {
    run.assert_reports(4, "credentialsUnreadable", words);
    assert!(!run.stderr().contains(CANARY) && !run.report().to_string().contains(CANARY), "{}", run.stderr());
    assert_eq!((scene.server().requests().len(), run.waits()), (0, 0), "{}", run.stderr());
}

pub(super) fn profiles(scene: &Scene, fetch: Invocation, config: &str) -> Invocation {
    let path = scene.write("aws-config", config);
    fetch.variable("AWS_CONFIG_FILE", &path).variable("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials")
}

#[test]
fn managed_secrets_are_fetched_by_name_arn_and_partial_arn_alone_and_in_batches() {
    let scene = scene();
    let names = ["rds!db-1f2e3d4c-5b6a", "rds!cluster-1f2e", "redshift!admin", "ecs-sc!ns", "a!b"];
    let mut ids = Vec::new();
    for name in names {
        let arn = scene.store().create_text(name, format!("of {name}")).arn;
        let partial = arn.rsplit_once('-').unwrap().0.to_owned();
        ids.extend([(name, name.to_owned()), (name, arn), (name, partial)]);
    }
    for batch in ["auto", "never"] {
        let files: String =
            ids.iter().enumerate().map(|(n, (_, id))| format!("  - {{path: f{n}, secretId: \"{id}\"}}\n")).collect();
        fetch_config(&scene, &format!("directory: out\nbatch: {batch}\nfiles:\n{files}")).run().assert_done();
        for (n, (name, id)) in ids.iter().enumerate() {
            let file = scene.path(format!("out/f{n}"));
            assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("of {name}"), "{id}, batch: {batch}");
            std::fs::remove_file(file).unwrap();
        }
    }
    assert!(scene.count(Operation::BatchGetSecretValue) > 0);
}

#[test]
fn a_variable_that_cannot_be_a_header_is_named_before_a_request_is_made() {
    let scene = scene();
    for (value, kind) in [
        ("hunter2\n", "ends with a line break"),
        ("hunter2\r\n", "ends with a line break"),
        ("hunter\nhunter2", "has a line break in it"),
        ("hunter2\u{1}", "has a control character in it"),
        ("hünter2", "has a character outside ASCII in it"),
    ] {
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_EXECUTION_ENV"] {
            let run = fetch(&scene).variable(name, value).run();
            assert_refused(&scene, &run, &[&format!("{name} {kind}")]);
        }
        let token = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
        let agent = bare(&scene).variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", scene.server().pod_identity_url());
        assert_refused(&scene, &agent.variable(token, value).run(), &[&format!("{token} {kind}")]);
    }
}

#[test]
fn a_token_file_that_cannot_be_a_header_is_named() {
    let scene = scene();
    let token = scene.write("token", "hunter2\u{1}\n");
    let agent = bare(&scene).variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", scene.server().pod_identity_url());
    let run = agent.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &token).run();
    assert_refused(&scene, &run, &[&token, "has a control character in it"]);
}

#[test]
fn a_profiles_key_that_cannot_be_a_header_is_named_with_the_profile() {
    let scene = scene();
    let config = "[profile base]\naws_access_key_id = AKIA\naws_secret_access_key = s\naws_session_token = hünter2\n\
                  [profile app]\nrole_arn = arn:aws:iam::123456789012:role/app\nsource_profile = base\n\
                  [profile env]\nrole_arn = arn:aws:iam::123456789012:role/app\ncredential_source = Environment\n";
    for fetch in [bare(&scene).arguments(["--profile", "app"]), bare(&scene).variable("AWS_PROFILE", "app")] {
        let run = profiles(&scene, fetch, config).run();
        assert_refused(&scene, &run, &["`aws_session_token` of the AWS profile `base` has a character outside ASCII"]);
    }
    let fetch = fetch(&scene).arguments(["--profile", "env"]).variable("AWS_SESSION_TOKEN", "hunter2\n");
    assert_refused(&scene, &profiles(&scene, fetch, config).run(), &["AWS_SESSION_TOKEN ends with a line break"]);
}

#[test]
fn an_answer_with_credentials_that_cannot_be_sent_is_refused_once() {
    let scene = scene();
    let body =
        r#"{"AccessKeyId":"ASIA","SecretAccessKey":"s","Token":"hunter2\n","Expiration":"2099-01-01T00:00:00Z"}"#;
    let (url, agent) = answer_once("200 OK", "application/json", body.to_owned());
    let url = format!("{url}/v1/credentials");
    let run = bare(&scene).variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url).run();
    agent.join().unwrap();
    assert_refused(&scene, &run, &["the session token of the container endpoint's answer ends with a line break"]);
}

#[test]
fn a_profile_of_the_environment_that_is_not_there_gives_no_other_identity() {
    let scene = scene();
    let token = scene.write("token", "a.web.identity");
    let pod = || {
        let fetch = bare(&scene).variable("AWS_WEB_IDENTITY_TOKEN_FILE", &token);
        let fetch = fetch.variable("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/app");
        fetch.variable("AWS_ENDPOINT_URL_STS", scene.server().url())
    };
    let config = "[profile production]\nregion = eu-west-1\n[profile staging]\nregion = eu-west-1\n";
    let run = profiles(&scene, pod().variable("AWS_PROFILE", "prodution"), config).run();
    let path = scene.path("aws-config");
    assert_refused(
        &scene,
        &run,
        &["`prodution` (AWS_PROFILE)", path.to_str().unwrap(), "AWS_CONFIG_FILE", "did you mean `production`"],
    );
    let run = profiles(&scene, bare(&scene).arguments(["--profile", "prodution"]), config).run();
    assert_refused(&scene, &run, &["the AWS profile `prodution` is neither in", "did you mean `production`"]);
    let run = bare(&scene).variable("AWS_PROFILE", "x").run();
    assert_refused(&scene, &run, &["`x` (AWS_PROFILE)", "/nonexistent/.aws/config", "there is no profile in them"]);
    // One that has a region and no credentials asks for nothing but the region.
    profiles(&scene, fetch(&scene).variable("AWS_PROFILE", "production"), config).run().assert_done();
}

#[test]
fn a_broken_line_of_a_profile_file_is_told_with_file_and_line() {
    let scene = scene();
    for (text, line, reason) in [
        ("[profile a]\nregion = x\nhunter2\n", 3, "expected an '=' sign"),
        ("region = hunter2\n", 1, "expected a profile definition"),
        ("\n[profile a\nregion = hunter2\n", 2, "profile definition must end with ']'"),
    ] {
        let run = profiles(&scene, bare(&scene), text).run();
        let path = scene.path("aws-config");
        assert_refused(&scene, &run, &[&format!("line {line} of the AWS profile file `{}`", path.display()), reason]);
    }
}

#[test]
fn a_credential_process_that_fails_is_told_with_its_profile_and_exit_status_and_not_with_its_words() {
    let scene = scene();
    for (command, kind, words) in [
        ("sh -c 'echo hunter2 >&2; exit 3'", "credentialsRejected", "(exit status: 3)"),
        ("/nonexistent/helper hunter2", "credentialsRejected", "(exit status: 127)"),
        ("echo hunter2", "credentialsUnreadable", "gave no credentials"),
    ] {
        let config = format!("[profile corp]\ncredential_process = {command}\n");
        let run = profiles(&scene, bare(&scene).variable("AWS_PROFILE", "corp"), &config).run();
        run.assert_reports(4, kind, &["`credential_process` of the AWS profile `corp`", words]);
        assert!(!run.stderr().contains(CANARY), "{}", run.stderr());
    }
    assert_eq!(scene.server().requests().len(), 0);
}

#[test]
fn an_sso_sign_in_that_is_over_or_was_never_made_is_told_with_profile_and_session() {
    let config = "[profile corp]\nsso_session = main\nsso_account_id = 123456789012\nsso_role_name = dev\n\
                  [sso-session main]\nsso_region = eu-west-1\nsso_start_url = https://acme.awsapps.com/start\n\
                  [profile old]\nsso_account_id = 123456789012\nsso_role_name = dev\nsso_region = eu-west-1\n\
                  sso_start_url = https://acme.awsapps.com/start\n\
                  [profile app]\nrole_arn = arn:aws:iam::123456789012:role/app\nsource_profile = corp\n";
    let scene = scene();
    // The cache's file is named by the SHA-1 of the session's name.
    std::fs::create_dir_all(scene.path(".aws/sso/cache")).unwrap();
    let expired = r#"{"accessToken":"hunter2","expiresAt":"2020-01-01T00:00:00Z","startUrl":"https://acme.awsapps.com/start","region":"eu-west-1"}"#;
    let home = scene.path("").to_str().unwrap().to_owned();
    for cached in [false, true] {
        if cached {
            scene.write(".aws/sso/cache/b28b7af69320201d1cf206ebf28373980add1451.json", expired);
        }
        for (name, profile) in [
            ("corp", "profile `corp` (session `main`)"),
            ("app", "profile `corp` (session `main`)"),
            ("old", "profile `old`"),
        ] {
            let run =
                profiles(&scene, bare(&scene).variable("AWS_PROFILE", name).variable("HOME", &home), config).run();
            run.assert_reports(4, "credentialsRejected", &["SSO sign-in", profile, "aws sso login --profile"]);
            assert!(!run.stderr().contains(CANARY) && run.waits() == 0, "{}", run.stderr());
        }
    }
}

#[test]
fn who_we_were_and_what_was_asked_is_told_when_it_is_asked_for() {
    let scene = scene();
    let version = scene.store().create_text("second", "x").version_id.to_string();
    let quiet = fetch_all(&scene, &["secretId: second"]).run();
    quiet.assert_done();
    assert!(!quiet.stderr().contains("info: "), "{}", quiet.stderr());

    let verbose = |fetch: Invocation, words: &[&str]| {
        let run = fetch.arguments(["-v"]).run();
        run.assert_done();
        for word in words {
            assert!(run.stderr().contains(word), "{word:?} is not in:\n{}", run.stderr());
        }
        assert!(!run.stderr().contains("testing") && !run.stderr().contains("the value"), "{}", run.stderr());
    };
    let endpoint = format!("info: asking Secrets Manager in ca-central-1 at `{}`", scene.server().address());
    let secret = format!("from second (version {version})");
    verbose(fetch_all(&scene, &["secretId: second"]), &["info: credentials: from the environment", &endpoint, &secret]);
    let config = "[profile app]\naws_access_key_id = AKIA\naws_secret_access_key = testing\n";
    let profile = profiles(&scene, bare(&scene).variable("AWS_PROFILE", "app"), config);
    verbose(profile, &["info: credentials: from the AWS profile `app`"]);
    let pod = bare(&scene).variable("AWS_WEB_IDENTITY_TOKEN_FILE", scene.write("token", "a.web.identity"));
    let role = "arn:aws:iam::123456789012:role/app";
    let pod = pod.variable("AWS_ROLE_ARN", role).variable("AWS_ENDPOINT_URL_STS", scene.server().url());
    let told = format!("info: credentials: from the web identity's role, from STS `{role}`, account `123456789012`");
    verbose(pod, &[&told]);
}

pub(super) const ROLE: &str = "arn:aws:iam::210987654321:role/reader";

/// What STS is asked for in this run, which gets a role's credentials.
pub(super) fn asked_of_sts(fetch: impl FnOnce(&str) -> Invocation) -> String {
    told_and_asked("AssumeRole", fetch).1
}

/// What the run tells, and what STS is asked for in it.
fn told_and_asked(action: &str, fetch: impl FnOnce(&str) -> Invocation) -> (String, String) {
    let body = format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result><Credentials>\
         <AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
         <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></{action}Result></{action}Response>"
    );
    let (url, sts) = answer_once("200 OK", "text/xml", body);
    let run = fetch(&url).run();
    run.assert_done();
    (run.stderr().to_owned(), sts.join().unwrap())
}

#[test]
fn a_role_is_assumed_with_its_external_id_by_option_variable_and_configuration() {
    let scene = scene();
    let sts = |fetch: Invocation, url: &str| fetch.variable("AWS_ENDPOINT_URL_STS", url);
    let config = format!(
        "store: {{aws: {{roleArn: \"{ROLE}\", externalId: acme-42}}}}\ndirectory: out\nfiles:\n  - {{path: f, secretId: {SECRET}}}\n"
    );
    let by_option =
        asked_of_sts(|url| sts(fetch(&scene).arguments(["--role-arn", ROLE, "--external-id", "acme-42"]), url));
    let by_variable = asked_of_sts(|url| {
        let fetch = fetch(&scene).variable("SECRETFETCH_ROLE_ARN", ROLE);
        sts(fetch.variable("SECRETFETCH_EXTERNAL_ID", "acme-42"), url)
    });
    let by_config = asked_of_sts(|url| sts(fetch_config(&scene, &config), url));
    for asked in [by_option, by_variable, by_config] {
        assert!(asked.contains("RoleArn=arn%3Aaws%3Aiam%3A%3A210987654321%3Arole%2Freader"), "{asked}");
        assert!(asked.contains("ExternalId=acme-42") && asked.contains("RoleSessionName=secretfetch"), "{asked}");
    }
    assert!(access_keys(&scene).iter().all(|key| key == "ASIAROLE"), "{:?}", access_keys(&scene));
    // An option wins, and another role does not hear what was meant for that of the configuration.
    let other = "arn:aws:iam::210987654321:role/other";
    let asked = asked_of_sts(|url| sts(fetch_config(&scene, &config).arguments(["--role-arn", other]), url));
    assert!(asked.contains("role%2Fother") && !asked.contains("ExternalId"), "{asked}");
}

#[test]
fn a_role_and_an_external_id_that_cannot_be_are_refused_before_a_request() {
    let scene = scene();
    for (arguments, words) in [
        (&["--external-id", "acme-42"][..], "an external id is given without a role"),
        (&["--role-arn", ROLE, "--external-id", "hunter2 x"], "the external id is not valid"),
        (&["--role-arn", "reader"], "`reader` is not the ARN of a role"),
    ] {
        let run = fetch(&scene).arguments(arguments).run();
        run.assert_reports(2, "config", &[words]);
        assert!(!run.stderr().contains(CANARY), "{}", run.stderr());
    }
    assert_eq!(scene.server().requests().len(), 0);
}

#[test]
fn the_role_of_a_profile_keeps_its_own_settings_and_its_chain() {
    let scene = scene();
    let config = format!(
        "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = testing\n\
         [profile app]\nrole_arn = {ROLE}\nsource_profile = base\nrole_session_name = orders\nexternal_id = acme-42\n\
         region = {REGION}\n\
         [profile env]\nrole_arn = {ROLE}\ncredential_source = Environment\n"
    );
    let asked = asked_of_sts(|url| {
        let fetch = bare(&scene).variable("AWS_PROFILE", "app").variable("AWS_ENDPOINT_URL_STS", url);
        profiles(&scene, fetch, &config)
    });
    assert!(asked.contains("RoleSessionName=orders") && asked.contains("ExternalId=acme-42"), "{asked}");
    asked_of_sts(|url| {
        let fetch = fetch(&scene).arguments(["--profile", "env"]).variable("AWS_ENDPOINT_URL_STS", url);
        profiles(&scene, fetch, &config)
    });
}

#[test]
fn a_profile_that_wants_an_mfa_code_is_refused() {
    let scene = scene();
    let config = format!(
        "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = testing\n\
         [profile app]\nrole_arn = {ROLE}\nsource_profile = base\nmfa_serial = arn:aws:iam::210987654321:mfa/me\n"
    );
    let run = profiles(&scene, bare(&scene).variable("AWS_PROFILE", "app"), &config).run();
    assert_refused(&scene, &run, &["the AWS profile `app` wants an MFA code (`mfa_serial`)"]);
}

#[test]
fn the_session_of_a_profiles_role_lasts_as_long_as_the_profile_says() {
    let scene = scene();
    let token = scene.write("token", "a.web.identity");
    let config = |seconds: &str| {
        format!(
            "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = testing\n\
             [profile keys]\nrole_arn = {ROLE}\nsource_profile = base\nduration_seconds = {seconds}\n\
             [profile self]\nrole_arn = {ROLE}\nsource_profile = self\nduration_seconds = {seconds}\n\
             aws_access_key_id = AKIASELF\naws_secret_access_key = testing\n\
             [profile env]\nrole_arn = {ROLE}\ncredential_source = Environment\nduration_seconds = {seconds}\n\
             [profile pod]\nrole_arn = {ROLE}\nweb_identity_token_file = {token}\nduration_seconds = {seconds}\n"
        )
    };
    let app = |name, seconds| profiles(&scene, fetch(&scene).arguments(["--profile", name]), &config(seconds));
    for (name, caller) in [
        ("keys", "from the AWS profile `base`"),
        ("self", "from the AWS profile `self`"),
        ("env", "from the environment"),
        ("pod", "from the web identity's role, from STS"),
    ] {
        let action = if name == "pod" { "AssumeRoleWithWebIdentity" } else { "AssumeRole" };
        let (told, asked) =
            told_and_asked(action, |url| app(name, "900").arguments(["-v"]).variable("AWS_ENDPOINT_URL_STS", url));
        assert!(asked.contains(&format!("Action={action}&")) && asked.contains("DurationSeconds=900"), "{asked}");
        assert!(told.contains(caller), "{told}");
        for seconds in ["899", "43201", "an hour"] {
            let run = app(name, seconds).run();
            let words = format!("`duration_seconds` of the AWS profile `{name}` is not the duration of a session");
            run.assert_reports(4, "credentialsUnreadable", &[&words]);
        }
    }
}

#[test]
fn a_credential_process_has_the_time_of_the_run() {
    let scene = scene();
    let answer = r#"{"Version":1,"AccessKeyId":"AKIASLOW","SecretAccessKey":"s"}"#;
    scene.write("answer", answer);
    let slow = scene.path("answer");
    let config = format!("[profile corp]\ncredential_process = sh -c 'sleep 11; cat {}'\n", slow.display());
    let corp = || profiles(&scene, bare(&scene).variable("AWS_PROFILE", "corp"), &config);
    // Longer than any other source may take.
    let waited = corp().start();
    let run = corp().timeout(2).run();
    run.assert_reports(5, "timeout", &["the `credential_process` of the AWS profile `corp` did not end within 1."]);
    waited.wait().assert_done();
}
