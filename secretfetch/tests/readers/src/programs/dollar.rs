//! What dotenv-expand and bun make of a dollar: `$NAME` and `${NAME}` are replaced in whatever quotes, `\$` stands for it.

use std::sync::LazyLock;

use regress::Regex;

use super::{Members, Reader};

static REPLACED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?<!\\)\$\{[^{}]+\}|(?<!\\)\$[A-Za-z_]").unwrap());

/// The members that `read` finds, if nothing of them is replaced.
pub fn expand(read: Reader, text: &str) -> Result<Members, String> {
    let mut members = read(text)?;
    for (name, value) in &mut members {
        if REPLACED.find(value).is_some() {
            return Err(format!("{name} is replaced"));
        }
        *value = value.replace("\\$", "$");
    }
    Ok(members)
}

/// dotenv-expand, which Next.js and Vite call after npm dotenv. What every object inherits is set already.
pub fn dotenv_expand(text: &str) -> Result<Members, String> {
    const INHERITED: &str = "__defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__ constructor \
        hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf";
    let mut members = expand(super::npm_dotenv::parse, text)?;
    members.retain(|(name, _)| INHERITED.split(' ').all(|inherited| inherited != name));
    Ok(members)
}
