//! Names that change how a process loads or runs.
//!
//! Whoever can edit a secret must not gain code execution in the program that reads it, so these are
//! written only when the configuration names them.

/// `LD_PRELOAD` and its kin: every name that starts so is the loader's or the shell's.
const PREFIXES: &[&str] = &["LD_", "DYLD_", "BASH_FUNC_", "GIT_CONFIG_", "npm_config_", "NPM_CONFIG_"];

/// Read by a loader, a shell or a language runtime at start. (`ENV`, which only an interactive `sh` reads,
/// is too usual a name for an application's own setting to be refused.)
const NAMES: &[&str] = &[
    // libc and loader
    "GCONV_PATH",
    "GETCONF_DIR",
    "GLIBC_TUNABLES",
    "HOSTALIASES",
    "LOCPATH",
    "MALLOC_TRACE",
    "NLSPATH",
    "RESOLV_HOST_CONF",
    // shells
    "BASHOPTS",
    "BASH_ENV",
    "BASH_LOADABLES_PATH",
    "CDPATH",
    "FPATH",
    "GLOBIGNORE",
    "IFS",
    "PATH",
    "PROMPT_COMMAND",
    "PS4",
    "SHELLOPTS",
    "ZDOTDIR",
    // language runtimes
    "CLASSPATH",
    "CORECLR_PROFILER",
    "CORECLR_PROFILER_PATH",
    "COR_PROFILER",
    "DOTNET_ADDITIONAL_DEPS",
    "DOTNET_STARTUP_HOOKS",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "LUA_CPATH",
    "LUA_INIT",
    "LUA_PATH",
    "NODE_EXTRA_CA_CERTS",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PERL5DB",
    "PERL5LIB",
    "PERL5OPT",
    "PERLLIB",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "PYTHONBREAKPOINT",
    "PYTHONHOME",
    "PYTHONINSPECT",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONUSERBASE",
    "RUBYLIB",
    "RUBYOPT",
    "RUBYSHELL",
    "_JAVA_OPTIONS",
    // programs that are run for others
    "GIT_EXEC_PATH",
    "GIT_EXTERNAL_DIFF",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "OPENSSL_MODULES",
];

pub(in crate::format) fn changes_processes(name: &str) -> bool {
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::changes_processes;

    #[test]
    fn loaders_and_shells_are_protected_and_ordinary_names_are_not() {
        for name in ["LD_PRELOAD", "PATH", "IFS", "BASH_ENV", "NODE_OPTIONS", "BASH_FUNC_x%%"] {
            assert!(changes_processes(name), "{name}");
        }
        for name in ["DB_PATH", "PASSWORD", "HOME_URL", "OLD_PRELOAD", "path"] {
            assert!(!changes_processes(name), "{name}");
        }
    }
}
