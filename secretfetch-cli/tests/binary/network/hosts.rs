//! Which hosts are asked: by region, FIPS and dual-stack, and the endpoints that variables and profiles give.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::network::fetch::{REGION, bare, fetch, scene};
use crate::network::identity::{ROLE, asked_of_sts, profiles};
use crate::scene::Invocation;

#[test]
fn an_endpoint_url_with_fips_or_dual_stack_is_a_mistake_in_the_configuration() {
    let scene = scene();
    for (name, variant) in [("AWS_USE_FIPS_ENDPOINT", "FIPS"), ("AWS_USE_DUALSTACK_ENDPOINT", "dual-stack")] {
        let run = fetch(&scene).variable(name, "true").run();
        run.assert_reports(2, "config", &["an endpoint URL is given", variant, name]);
        fetch(&scene).variable(name, "false").run().assert_done();
    }
    let config = "[default]\nuse_fips_endpoint = true\n";
    profiles(&scene, fetch(&scene), config).run().assert_reports(2, "config", &["`use_fips_endpoint`"]);
}

/// The hosts that a run asks for, by a proxy that refuses them all.
fn hosts_of(fetch: Invocation) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (end, hosts) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
    let (ended, seen) = (end.clone(), hosts.clone());
    let proxy = thread::spawn(move || {
        while let (Ok((mut stream, _)), false) = (listener.accept(), ended.load(Ordering::SeqCst)) {
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            seen.lock().unwrap().extend(line.split(' ').nth(1).map(str::to_owned));
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
        }
    });
    fetch
        .without("AWS_ENDPOINT_URL_SECRETS_MANAGER")
        .variable("HTTPS_PROXY", format!("http://{address}"))
        .timeout(1)
        .run();
    end.store(true, Ordering::SeqCst);
    let _ = TcpStream::connect(address);
    proxy.join().unwrap();
    let mut hosts = std::mem::take(&mut *hosts.lock().unwrap());
    hosts.sort();
    hosts.dedup();
    hosts
}

#[test]
fn sts_is_asked_at_the_same_kind_of_endpoint_as_secrets_manager_and_in_the_region() {
    let scene = scene();
    let token = scene.write("token", "a.web.identity");
    let pod = || {
        let fetch = bare(&scene).variable("AWS_WEB_IDENTITY_TOKEN_FILE", &token).variable("AWS_ROLE_ARN", ROLE);
        fetch.variable("AWS_REGION", "us-east-1")
    };
    let role = |name: &str, settings: &str| {
        let config = format!(
            "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = testing\n\
             [profile app]\nrole_arn = {ROLE}\nsource_profile = base\n{settings}"
        );
        let path = scene.write(name, &config);
        let fetch = bare(&scene).variable("AWS_REGION", "us-east-1").variable("AWS_PROFILE", "app");
        fetch.variable("AWS_CONFIG_FILE", &path)
    };
    let assumed = || fetch(&scene).variable("AWS_REGION", "us-east-1").arguments(["--role-arn", ROLE]);
    let set = |fetch: Invocation, name: &str| fetch.variable(name, "true");
    let (fips, dual) = ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT");
    // The usual name of Secrets Manager has addresses of both kinds here.
    for (fetches, manager, sts) in [
        (
            [pod(), role("plain", ""), assumed()],
            "secretsmanager.us-east-1.amazonaws.com",
            "sts.us-east-1.amazonaws.com",
        ),
        (
            [set(pod(), fips), role("fips", "use_fips_endpoint = true\n"), set(assumed(), fips)],
            "secretsmanager-fips.us-east-1.amazonaws.com",
            "sts-fips.us-east-1.amazonaws.com",
        ),
        (
            [set(pod(), dual), role("dual", "use_dualstack_endpoint = true\n"), set(assumed(), dual)],
            "secretsmanager.us-east-1.amazonaws.com",
            "sts.us-east-1.api.aws",
        ),
    ] {
        for fetch in fetches {
            let hosts = hosts_of(fetch);
            assert_eq!(hosts, [format!("{manager}:443"), format!("{sts}:443")]);
        }
    }
}

#[test]
fn the_services_of_a_profile_name_their_endpoints() {
    let scene = scene();
    let url = scene.server().url();
    let config = |more: &str| {
        format!(
            "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = testing\n\
             [profile app]\nrole_arn = {ROLE}\nsource_profile = base\nservices = local\n{more}\
             [services local]\nsecrets_manager =\n  endpoint_url = {url}\nsts =\n  endpoint_url = {url}\n"
        )
    };
    let app = |more| {
        let fetch = bare(&scene).without("AWS_ENDPOINT_URL_SECRETS_MANAGER").variable("AWS_PROFILE", "app");
        profiles(&scene, fetch, &config(more))
    };
    app("").run().assert_done();
    // The service's own is nearer than the profile's.
    app("endpoint_url = http://127.0.0.1:1\n").run().assert_done();
    // A variable is nearer than a profile.
    let elsewhere = app("").variable("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:1").timeout(1).run();
    elsewhere.assert_tells(&["`127.0.0.1:1`"]);
    let run = app("use_fips_endpoint = true\n").run();
    run.assert_reports(2, "config", &["an endpoint URL is given, and FIPS endpoints are asked for"]);
    // STS as well as Secrets Manager, and variables as well as the profile.
    let own = app("ignore_configured_endpoint_urls = true\n").variable("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let hosts = ["secretsmanager", "sts"].map(|service| format!("{service}.{REGION}.amazonaws.com:443"));
    assert_eq!(hosts_of(own), hosts);
    // Whoever asks STS.
    let token = scene.write("token", "a.web.identity");
    let services = "[default]\nservices = local\n".to_owned() + &config("");
    let fetch = bare(&scene).without("AWS_ENDPOINT_URL_SECRETS_MANAGER");
    let fetch = fetch.variable("AWS_WEB_IDENTITY_TOKEN_FILE", &token).variable("AWS_ROLE_ARN", ROLE);
    profiles(&scene, fetch, &services).run().assert_done();
}

#[test]
fn an_endpoint_of_sts_that_is_no_url_is_told_and_only_if_it_is_asked() {
    let scene = scene();
    let wrong = |fetch: Invocation| fetch.variable("AWS_ENDPOINT_URL_STS", "foo");
    let run = wrong(fetch(&scene).arguments(["--role-arn", ROLE])).run();
    run.assert_reports(2, "config", &["AWS_ENDPOINT_URL_STS is not a valid URL"]);
    wrong(fetch(&scene)).run().assert_done();
    // Set to nothing, it is not set.
    let asked = asked_of_sts(|url| {
        let fetch = fetch(&scene).arguments(["--role-arn", ROLE]).variable("AWS_ENDPOINT_URL_STS", "");
        fetch.variable("AWS_ENDPOINT_URL", url)
    });
    assert!(asked.contains("Action=AssumeRole"), "{asked}");
}
