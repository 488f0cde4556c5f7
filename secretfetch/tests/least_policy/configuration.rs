//! Configurations that ask for what the account has, in any of the ways that there are.

use serde_json::{Value, json};

use crate::account::{Account, BUCKETS, OBJECTS, PARAMETERS, REGIONS, ROLE, SECRETS};

/// The stores, each by itself and as one of a role, in the configuration's region and in the other one.
fn stores() -> Value {
    json!({
        "secrets": {"aws": {}},
        "secrets-there": {"aws": {"region": REGIONS[1]}},
        "secrets-role": {"aws": {"roleArn": ROLE}},
        "secrets-two": {"aws": {"failover": {"region": REGIONS[1]}}},
        "parameters": {"ssm": {}},
        "parameters-there": {"ssm": {"region": REGIONS[1]}},
        "parameters-role": {"ssm": {"roleArn": ROLE}},
        "parameters-two": {"ssm": {"failover": {"region": REGIONS[1]}}},
        "objects-two": {"s3": {
            "bucket": BUCKETS[0], "failover": {"region": REGIONS[1], "bucket": BUCKETS[1]},
        }},
        "objects": {"s3": {"bucket": BUCKETS[0]}},
        "objects-there": {"s3": {"bucket": BUCKETS[1], "region": REGIONS[1]}},
        "objects-role": {"s3": {"bucket": BUCKETS[0], "roleArn": ROLE}},
    })
}

/// A configuration of these sources, each of a file.
pub(crate) fn of(sources: impl IntoIterator<Item = Value>) -> Value {
    let file = |(n, mut source): (usize, Value)| {
        source["path"] = json!(format!("file{n}"));
        if source.get("find").is_some() {
            source["format"] = json!("json");
        }
        source
    };
    let files: Vec<Value> = sources.into_iter().enumerate().map(file).collect();
    json!({"region": REGIONS[0], "stores": stores(), "store": "secrets", "files": files})
}

/// A configuration of up to ten files.
pub(crate) fn random(random: &mut fastrand::Rng, account: &Account) -> Value {
    // One or two kinds of stores for the most part: of all of them, batches are rare.
    let all = ["", "", "", "-there", "-role"];
    let kinds = [&["aws"][..], &["ssm"], &["s3"], &["aws", "ssm"], &["s3", "aws"], &["aws", "ssm", "s3"]];
    let kinds = *random.choice(&kinds).unwrap();
    let most = if kinds == ["aws"] { 10 } else { 5 };
    let count = random.usize(1..=most);
    let mut config = of(std::iter::repeat_with(|| {
        let place = *random.choice(&all).unwrap();
        let region = if place == "-there" { REGIONS[1] } else { REGIONS[0] };
        match *random.choice(kinds).unwrap() {
            "aws" => secret(random, account, place, region),
            "ssm" => parameter(random, account, place, region),
            _ => object(random, account, place),
        }
    })
    .take(count));
    if random.u8(..5) == 0 {
        config["batch"] = json!("never");
    }
    config
}

fn secret(random: &mut fastrand::Rng, account: &Account, place: &str, region: &str) -> Value {
    let mut source = match random.u8(..10) {
        // What brings at least as many as are asked for in a batch.
        0 => json!({"find": {"prefix": "team/app/"}}),
        1 => json!({"find": {"tags": {"Team": "pay", "Stage": "prod"}}}),
        2 => {
            json!({"find": {"tags": {"Team": "ops*", "Cost": "${x}"}, "prefix": *random.choice(&["", "ops/"]).unwrap()}})
        }
        _ => {
            let name = *random.choice(&SECRETS).unwrap();
            let other = *random.choice(&REGIONS).unwrap();
            let mut source = match random.u8(..5) {
                0 => json!({"secretId": account.in_region(other).arn(name)}),
                // A name that ends like an ARN's suffix has no partial ARN.
                1 if name != "a-bcdefg" => json!({"secretId": account.in_region(other).partial_arn(name)}),
                2 => json!({"secretId": name, "region": region}),
                _ => json!({"secretId": name}),
            };
            if random.u8(..6) == 0 {
                source["versionStage"] = json!("AWSPREVIOUS");
            }
            source
        }
    };
    if !place.is_empty() {
        source["store"] = json!(format!("secrets{place}"));
    }
    source
}

fn parameter(random: &mut fastrand::Rng, account: &Account, place: &str, region: &str) -> Value {
    let mut source = match random.u8(..8) {
        0 => json!({"find": {"prefix": "/team/app/"}}),
        1 => json!({"find": {"prefix": "/b/"}}),
        2 if random.bool() => json!({"find": {"prefix": "/"}}),
        _ => {
            let name = *random.choice(&PARAMETERS).unwrap();
            let mut source = match random.u8(..4) {
                0 => json!({"secretId": account.in_region(region).parameter_arn(name)}),
                1 => json!({"secretId": name, "region": random.choice(&REGIONS).unwrap()}),
                _ => json!({"secretId": name}),
            };
            match random.u8(..6) {
                0 => source["versionId"] = json!("1"),
                1 => source["versionStage"] = json!("live"),
                _ => {}
            }
            source
        }
    };
    source["store"] = json!(format!("parameters{place}"));
    source
}

fn object(random: &mut fastrand::Rng, account: &Account, place: &str) -> Value {
    let bucket = if place == "-there" { BUCKETS[1] } else { BUCKETS[0] };
    let mut source = match random.u8(..8) {
        0 => json!({"find": {"prefix": "tls/"}}),
        1 => {
            json!({"find": {"prefix": *random.choice(&["odd/$", "odd/${", "odd/*", "odd/?", "odd/", "odd/x/"]).unwrap()}})
        }
        _ => {
            let key = *random.choice(&OBJECTS).unwrap();
            let mut source = json!({"secretId": key});
            if random.u8(..4) == 0 {
                let versions = account.in_region(REGIONS[0]).object_versions(bucket, key);
                source["versionId"] = json!(random.choice(&versions).unwrap());
            }
            source
        }
    };
    source["store"] = json!(format!("objects{place}"));
    source
}
