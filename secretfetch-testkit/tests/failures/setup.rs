//! What prepares a test.

use secretfetch::SecretValue;
use secretfetch_testkit::{FakeSecretStore, Fault};

use crate::{VALUE, panics_here, store};

#[test]
fn a_store_that_cannot_be_prepared_says_so_at_the_line_of_the_test() {
    let store = store();
    let value = || SecretValue::from_text(VALUE.to_owned());
    let version = store.versions("prod/db").remove(0).version_id;
    panics_here!(store.in_region("no region"), "region");
    panics_here!(store.create("prod/db", value()), "already exists");
    panics_here!(store.create_text("no spaces", VALUE), "Invalid name");
    panics_here!(store.create_json("prod/db", VALUE.into()), "already exists");
    panics_here!(store.create_binary("prod/db", VALUE), "already exists");
    panics_here!(store.put("absent", value()), "can't find");
    panics_here!(store.put_text("absent", VALUE), "can't find");
    panics_here!(store.put_json("absent", VALUE.into()), "can't find");
    panics_here!(store.put_binary("absent", VALUE), "can't find");
    panics_here!(store.put_staged("absent", value(), &["BLUE"]), "can't find");
    panics_here!(store.put_staged("prod/db", value(), &[""]), "versionStages");
    panics_here!(store.move_stage("absent", "BLUE", &version), "can't find");
    panics_here!(store.move_stage("prod/api", "BLUE", &version), "Not a valid version");
    panics_here!(store.remove_stage("absent", "BLUE"), "can't find");
    panics_here!(store.rotate("absent"), "can't find");
    panics_here!(store.schedule_deletion("absent"), "can't find");
    panics_here!(store.restore("absent"), "can't find");
    panics_here!(store.tag("absent", &[("team", "a")]), "can't find");
    panics_here!(store.put_resource_policy("absent", "{}"), "can't find");
    panics_here!(store.replicate("absent", &["eu-west-1"]), "can't find");
    panics_here!(store.delete("absent"), "can't find");
    panics_here!(store.arn("absent"), "can't find");
    panics_here!(store.partial_arn("absent"), "can't find");
    panics_here!(store.versions("absent"), "can't find");
    assert_eq!(FakeSecretStore::default().secret_names().len(), 0);
}

#[test]
fn a_fault_that_cannot_be_is_told_at_the_line_of_the_test() {
    panics_here!(Fault::redirect("no url"), "is not a URL");
    panics_here!(Fault::region_away("no region"), "region");
    panics_here!(Fault::hang().in_region("no region"), "region");
    panics_here!(Fault::hang().with_probability(1.1, 0), "1.1 is not a probability");
    panics_here!(Fault::hang().with_probability(f64::NAN, 0), "NaN is not a probability");
}

#[cfg(feature = "tls")]
#[test]
fn a_certificate_that_cannot_be_is_told_at_the_line_of_the_test() {
    let authority = secretfetch_testkit::CertificateAuthority::new();
    panics_here!(authority.certificate(&["größe.example"]), "cannot make a certificate");
    panics_here!(authority.expired_certificate(&["größe.example"]), "cannot make a certificate");
}
