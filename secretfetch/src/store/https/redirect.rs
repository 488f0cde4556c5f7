//! Where a redirect leads, which must be the same server.

use super::origin::Origin;
use super::path::encoded;
use crate::error::{Error, ErrorKind, Failure, Result};
use crate::text::quoted;

/// So many in a row, and no more.
pub(super) const MOST: usize = 5;

/// The longest URL that is followed, which is more than servers take.
const LONGEST: usize = 16 << 10;

/// The URL that an answer for `url` sends to with `location`.
pub(super) fn target(url: &str, location: Option<&str>) -> Result<String> {
    let own = Origin::split(url).map_err(|_| broken("no place"))?;
    let location = location.ok_or_else(|| broken("no place"))?;
    let location = location.split('#').next().unwrap_or_default();
    if location.len() > LONGEST {
        return Err(broken("a URL that is too long"));
    }
    let (origin, path) = resolved(own, location)?;
    let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
    let path = without_dots(path);
    let query = query.split('?').map(encoded).collect::<Option<Vec<_>>>();
    match (encoded(&path), query) {
        (Some(path), Some(query)) => Ok(format!("{origin}{path}{}", query.join("?"))),
        _ => Err(broken("a URL that is not valid")),
    }
}

/// Origin and path of a reference ([RFC 3986, section 5.2.2](https://www.rfc-editor.org/rfc/rfc3986#section-5.2.2)); another
/// origin is refused.
fn resolved((own, path): (Origin, &str), location: &str) -> Result<(Origin, String)> {
    let has_scheme = location.split(['/', '?']).next().is_some_and(|first| first.contains(':'));
    let whole = match location {
        // What browsers take for slashes must not lead elsewhere.
        _ if location.contains('\\') => return Err(broken("a URL that is not valid")),
        _ if has_scheme => Some(location.to_owned()),
        _ if location.starts_with("//") => {
            Some(format!("{}:{location}", if own.is_secure() { "https" } else { "http" }))
        }
        _ => None,
    };
    if let Some(whole) = whole {
        let (origin, path) = Origin::split(&whole).map_err(|_| broken("a URL that is not valid"))?;
        return if origin == own { Ok((origin, path.to_owned())) } else { Err(elsewhere(&own, &origin)) };
    }
    let own_path = path.split('?').next().unwrap_or_default();
    let path = match location.chars().next() {
        Some('/') => location.to_owned(),
        Some('?') => format!("{own_path}{location}"),
        None => path.to_owned(),
        Some(_) => format!("{}/{location}", own_path.rsplit_once('/').map_or("", |(folder, _)| folder)),
    };
    Ok((own, path))
}

/// RFC 3986, section 5.2.4.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut parts = path.split('/').peekable();
    // What stands before the first slash.
    parts.next();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        match part {
            "." => {}
            ".." => _ = kept.pop(),
            part => {
                kept.push(part);
                continue;
            }
        }
        if is_last {
            kept.push("");
        }
    }
    format!("/{}", kept.join("/"))
}

fn broken(to: &str) -> Error {
    Failure::new(ErrorKind::InvalidResponse, format!("the server redirects to {to}"))
        .with_hint("check `url` and the path")
        .with_retryable(false)
        .into()
}

fn elsewhere(own: &Origin, other: &Origin) -> Error {
    let (own, other) = (quoted(&own.to_string()), quoted(&other.to_string()));
    Failure::new(ErrorKind::InvalidResponse, format!("{own} redirects to {other}, which is not followed"))
        .with_hint("if that is the right place, write it as the store's `url`; it may be a login page")
        .with_retryable(false)
        .into()
}

/// After [`MOST`].
pub(super) fn too_many() -> Error {
    Failure::new(ErrorKind::InvalidResponse, format!("the server redirects more than {MOST} times"))
        .with_hint("check `url` and the path: it may redirect in a circle")
        .with_retryable(false)
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://a.example/b/c/d?e=f";

    #[test]
    fn a_redirect_on_the_same_server_is_followed() {
        for (location, expected) in [
            ("https://a.example/x", "https://a.example/x"),
            ("https://A.EXAMPLE:443/x?y#z", "https://a.example/x?y"),
            ("//a.example/x", "https://a.example/x"),
            ("/x/y", "https://a.example/x/y"),
            ("x", "https://a.example/b/c/x"),
            ("x/../y", "https://a.example/b/c/y"),
            ("../x", "https://a.example/b/x"),
            ("../../../../x", "https://a.example/x"),
            (".", "https://a.example/b/c/"),
            ("..", "https://a.example/b/"),
            ("?x=y", "https://a.example/b/c/d?x=y"),
            ("", "https://a.example/b/c/d?e=f"),
            ("#x", "https://a.example/b/c/d?e=f"),
            ("/ä b", "https://a.example/%C3%A4%20b"),
            ("https://a.example", "https://a.example/"),
            ("/x?y=https://b.example", "https://a.example/x?y=https://b.example"),
        ] {
            assert_eq!(target(URL, Some(location)).unwrap(), expected, "{location}");
        }
    }

    #[test]
    fn a_redirect_to_elsewhere_is_refused_and_names_the_host_alone() {
        for location in [
            "https://b.example/hunter2",
            "http://a.example/hunter2",
            "https://a.example:444/hunter2",
            "//b.example/hunter2",
            "https://a.example.b.example/?hunter2",
        ] {
            let failure = target(URL, Some(location)).unwrap_err();
            assert!(failure.to_string().contains("example") && !failure.to_string().contains("hunter2"), "{failure}");
            assert!(!failure.is_retryable());
        }
    }

    #[test]
    fn a_redirect_that_is_none_is_refused_and_not_shown() {
        for location in [
            "https://app:hunter2@a.example/x",
            "https://a.example@b.example/hunter2",
            "https:hunter2",
            "javascript:hunter2",
            "/\\b.example/hunter2",
            "https:\\\\b.example/hunter2",
            "/100%hunter2",
            &"/hunter2".repeat(LONGEST),
        ] {
            let failure = target(URL, Some(location)).unwrap_err();
            assert!(!failure.to_string().contains("hunter2"), "{failure}");
        }
        assert!(target(URL, None).is_err());
    }
}
