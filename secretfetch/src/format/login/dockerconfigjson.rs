//! `dockerconfigjson`: the logins of a Docker client's `config.json`, and of Kubernetes's secrets of the type
//! `kubernetes.io/dockerconfigjson`.
//!
//! `auth` is what Docker and Podman read; `username` and `password` beside it are what `kubectl create secret
//! docker-registry` writes, and other readers take.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::field::{Field, Login};
use super::logins::Logins;
use crate::json::write_string;

pub(super) const FORMAT: Logins = Logins {
    name: "dockerconfigjson",
    fields: &[
        Field::optional(&["registry", "host"], refuse_registry),
        Field::required(&["username"], refuse_username),
        Field::required(&["password"], refuse_password),
        Field::optional(&["email"], |_| None),
    ],
    holds_several: true,
    must_be_private: false,
    hides,
    write,
};

/// Docker Hub, by the name that Docker's own client gives it.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

fn refuse_registry(registry: &str) -> Option<&'static str> {
    let is_address = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/[],".contains(&byte);
    let is_one = !registry.is_empty() && registry.bytes().all(is_address);
    (!is_one).then_some("the value is not the address of a registry, such as `registry.example.com`")
}

fn refuse_username(username: &str) -> Option<&'static str> {
    if username.contains(':') {
        Some("the value has a colon, where Docker takes the name to end")
    } else if username.is_empty() {
        Some("the value is empty, and Docker has no login without a name")
    } else {
        None
    }
}

/// Docker trims what it once was padded with.
fn refuse_password(password: &str) -> Option<&'static str> {
    let is_trimmed = password.starts_with('\0') || password.ends_with('\0');
    is_trimmed.then_some("the value begins or ends with a NUL, which Docker drops")
}

fn registry<'a>(login: &'a Login<'_>) -> &'a str {
    login.text("registry").unwrap_or(DOCKER_HUB)
}

fn hides(first: &Login<'_>, second: &Login<'_>) -> Option<&'static str> {
    (registry(first) == registry(second)).then_some("two logins are for this registry")
}

fn write(logins: &[Login<'_>], out: &mut dyn FnMut(&str)) {
    out("{\"auths\":{");
    for (index, login) in logins.iter().enumerate() {
        if index > 0 {
            out(",");
        }
        write_string(registry(login), out);
        let mut before = ":{\"";
        for key in ["username", "password", "email"] {
            let Some(text) = login.text(key) else { continue };
            out(before);
            out(key);
            out("\":");
            write_string(text, out);
            before = ",\"";
        }
        out(",\"auth\":\"");
        out(&auth(login.required("username"), login.required("password")));
        out("\"}");
    }
    out("}}\n");
}

/// Both in one, in buffers that do not grow.
fn auth(username: &str, password: &str) -> Zeroizing<String> {
    let mut both = Zeroizing::new(String::with_capacity(username.len() + 1 + password.len()));
    both.extend([username, ":", password]);
    let mut encoded = Zeroizing::new(String::with_capacity(both.len().div_ceil(3) * 4));
    STANDARD.encode_string(both.as_bytes(), &mut encoded);
    encoded
}
