//! Which readers a dialect of `env` promises to be right for.

use crate::programs::{
    Reader, bun, compose, dollar, dotenvy, godotenv, kubernetes, lines, node, npm_dotenv, phpdotenv, python_dotenv,
    ruby_dotenv, shell, systemd,
};

/// A dialect of `env`, and the programs that it is for.
#[derive(Debug)]
pub struct Dialect {
    /// As `Format` calls it.
    pub name: &'static str,
    /// Each with the name that it has in messages.
    pub readers: &'static [(&'static str, Reader)],
}

/// Every dialect, in the order of `Format::dialects`.
pub static DIALECTS: &[Dialect] = &[
    Dialect {
        name: "dotenv",
        readers: &[
            PYTHON,
            OLD_PYTHON,
            NPM,
            NODE,
            DOTENVY,
            GODOTENV,
            ("Ruby dotenv", ruby_dotenv::parse),
            COMPOSE,
            SHELL,
            SYSTEMD,
            SYSTEMD_245,
        ],
    },
    Dialect { name: "posix", readers: &[SHELL] },
    Dialect { name: "systemd", readers: &[SYSTEMD, SYSTEMD_245, ("systemd 239", systemd::v239)] },
    Dialect { name: "docker", readers: &[("docker", lines::docker), ("podman", lines::podman)] },
    Dialect { name: "compose", readers: &[COMPOSE] },
    Dialect { name: "kubectl", readers: &[("kubectl", lines::kubectl)] },
    Dialect { name: "kubernetes", readers: &[("the kubelet", kubernetes::env_file)] },
    Dialect { name: "node", readers: &[NODE] },
    Dialect { name: "npm-dotenv", readers: &[NPM] },
    Dialect { name: "dotenv-expand", readers: &[("dotenv-expand", dollar::dotenv_expand)] },
    Dialect { name: "bun", readers: &[("bun", bun::env_file)] },
    Dialect { name: "phpdotenv", readers: &[("phpdotenv", phpdotenv::parse)] },
    Dialect { name: "python-dotenv", readers: &[PYTHON, OLD_PYTHON] },
    Dialect { name: "dotenvy", readers: &[DOTENVY] },
    Dialect { name: "godotenv", readers: &[GODOTENV] },
];

const COMPOSE: (&str, Reader) = ("Compose", compose::env_file);
const DOTENVY: (&str, Reader) = ("dotenvy", dotenvy::parse);
const GODOTENV: (&str, Reader) = ("godotenv", godotenv::parse);
const NODE: (&str, Reader) = ("node --env-file", node::env_file);
const NPM: (&str, Reader) = ("npm dotenv", npm_dotenv::parse);
const OLD_PYTHON: (&str, Reader) = ("python-dotenv 1.0", python_dotenv::before_1_2);
const PYTHON: (&str, Reader) = ("python-dotenv 1.2", python_dotenv::since_1_2);
const SHELL: (&str, Reader) = ("sh", shell::source);
const SYSTEMD: (&str, Reader) = ("systemd 252", systemd::v247);
const SYSTEMD_245: (&str, Reader) = ("systemd 245", systemd::v240);

impl Dialect {
    /// Whether every reader finds exactly these members, in whatever order, and they can stand in an environment.
    pub fn reads(&self, text: &str, members: &[(String, String)]) -> Result<(), String> {
        let mut wanted = members.to_vec();
        wanted.sort();
        for (reader, read) in self.readers {
            let mut found = read(text).map_err(|error| format!("{reader}: {error}"))?;
            found.sort();
            if found != wanted {
                return Err(format!("{reader} reads {found:?}"));
            }
        }
        let fits =
            |(name, value): &(String, String)| !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0');
        if members.iter().all(fits) { Ok(()) } else { Err("no environment holds this".to_owned()) }
    }
}
