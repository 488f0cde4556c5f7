//! `netrc`: `machine`, `login` and `password`, each on a line of its own, since curl bounds a line.

use super::field::{Field, Login};
use super::logins::Logins;
use crate::format::quote::netrc::{refuse, token};

pub(super) const FORMAT: Logins = Logins {
    name: "netrc",
    fields: &[
        Field::required(&["host", "machine"], refuse_host),
        Field::required(&["username"], refuse),
        Field::required(&["password"], refuse),
    ],
    holds_several: true,
    must_be_private: false,
    hides,
    write,
};

fn refuse_host(host: &str) -> Option<&'static str> {
    refuse(host).or(host.is_empty().then_some("the value is empty, and no machine has this name"))
}

/// Of two, curl takes the first and Python the last.
fn hides(first: &Login<'_>, second: &Login<'_>) -> Option<&'static str> {
    let is_same = first.required("host").eq_ignore_ascii_case(second.required("host"));
    is_same.then_some("two logins are for this machine, of which curl takes the first and Python the last")
}

fn write(logins: &[Login<'_>], out: &mut dyn FnMut(&str)) {
    for (index, login) in logins.iter().enumerate() {
        out(if index > 0 { "\nmachine " } else { "machine " });
        token(login.required("host"), out);
        out("\nlogin ");
        token(login.required("username"), out);
        out("\npassword ");
        token(login.required("password"), out);
        out("\n");
    }
}
