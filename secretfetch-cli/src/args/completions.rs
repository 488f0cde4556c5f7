//! What makes a shell complete the arguments, made of the tables: nothing of this program runs while somebody types.

use super::command::CommandName;
use super::operand::Operand;
use super::option::{Definition, shown};
use super::values::Shell;

/// What this shell reads.
pub(crate) fn completions(shell: Shell) -> String {
    match shell {
        Shell::Bash => bash(),
        Shell::Zsh => zsh(),
        Shell::Fish => fish(),
    }
}

/// What can stand where a value is.
enum Value {
    None,
    Words(Vec<&'static str>),
    File,
    Directory,
    Other,
}

impl Value {
    fn of(option: &Definition) -> Self {
        match option.value {
            "" => Value::None,
            _ if !option.words.is_empty() => Value::Words(option.words.to_vec()),
            "PATH" => Value::File,
            "DIR" => Value::Directory,
            _ => Value::Other,
        }
    }

    /// Of the word that a command needs; none if it needs none.
    fn of_operand(command: CommandName) -> Self {
        match (Operand::of(command), command) {
            (Some(operand), _) if operand.name.contains('|') => Value::Words(operand.name.split('|').collect()),
            (Some(_), _) => Value::File,
            (None, CommandName::Help) => Value::Words(words()),
            (None, _) => Value::None,
        }
    }
}

fn words() -> Vec<&'static str> {
    CommandName::all().map(CommandName::word).collect()
}

fn bash() -> String {
    let mut script = "\
# bash completion of secretfetch: to be read by bash, or put into the directory of completions
_secretfetch() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= word i
    COMPREPLY=()
    # bash takes `--format=env` for three words.
    if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
"
    .to_owned();
    script.push_str(&format!("            {}) command=$word; break ;;\n", words().join(" | ")));
    script.push_str(
        "\
        esac
    done
    for ((i = 1; i < COMP_CWORD; i++)); do
        # What follows is another program's.
        if [[ ${COMP_WORDS[i]} == -- ]]; then compopt -o default; return; fi
    done
    case $command in
",
    );
    for command in CommandName::all().map(Some).chain([None]) {
        let name = command.map_or("*", CommandName::word);
        let mut all = Vec::new();
        script.push_str(&format!("    {name})\n        case $prev in\n"));
        for option in shown(command) {
            let mut names = vec![format!("--{}", option.long)];
            names.extend(option.short.map(|short| format!("-{short}")));
            let reply = match Value::of(option) {
                Value::None => None,
                // Without a value the option says something as well.
                _ if option.without_value.is_some() => None,
                Value::Words(words) => Some(format!("COMPREPLY=($(compgen -W '{}' -- \"$cur\"))", words.join(" "))),
                Value::File => Some("compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\"))".to_owned()),
                Value::Directory => Some("compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\"))".to_owned()),
                Value::Other => Some(String::new()),
            };
            if let Some(reply) = reply {
                let separator = if reply.is_empty() { "" } else { "; " };
                script.push_str(&format!("        {}) {reply}{separator}return ;;\n", names.join(" | ")));
            }
            all.extend(names);
        }
        script.push_str("        esac\n");
        let operand = command.map_or(Value::Words(words()), Value::of_operand);
        let others = match &operand {
            Value::Words(words) => format!("{} {}", words.join(" "), all.join(" ")),
            _ => all.join(" "),
        };
        script.push_str(&format!("        COMPREPLY=($(compgen -W '{others}' -- \"$cur\"))\n"));
        if let Value::File = operand {
            script.push_str("        compopt -o filenames; COMPREPLY+=($(compgen -f -- \"$cur\"))\n");
        }
        script.push_str("        ;;\n");
    }
    script.push_str("    esac\n}\ncomplete -F _secretfetch secretfetch\n");
    script
}

fn zsh() -> String {
    let mut script = "#compdef secretfetch\n# zsh completion of secretfetch: a file `_secretfetch` in a directory of $fpath\n_secretfetch() {\n    \
                      local curcontext=$curcontext state line\n    local -a commands=(\n"
        .to_owned();
    for command in CommandName::all() {
        script.push_str(&format!("        '{}:{}'\n", command.word(), quoted(command.about()).replace(':', "\\:")));
    }
    script.push_str("    )\n    _arguments -C -s -A '-*' \\\n");
    shown(None).for_each(|option| zsh_option(option, &mut script));
    script.push_str(
        "        '1: :->command' '*:: :->arguments'\n    case $state in\n    command) _describe command commands ;;\n    \
         arguments)\n        case $line[1] in\n",
    );
    for command in CommandName::all() {
        script.push_str(&format!("        {})\n            _arguments -s \\\n", command.word()));
        shown(Some(command)).for_each(|option| zsh_option(option, &mut script));
        script.push_str(&match (Value::of_operand(command), command) {
            (Value::Words(words), _) => format!("        '1: :({})'\n", words.join(" ")),
            (Value::File, _) => "        '1:path:_files'\n".to_owned(),
            (_, CommandName::Exec) => "        '*:::program:_normal'\n".to_owned(),
            _ => "\n".to_owned(),
        });
        script.push_str("            ;;\n");
    }
    script.push_str("        esac ;;\n    esac\n}\n");
    // Read by itself, or loaded as a function's body.
    script.push_str(
        "if [[ $funcstack[1] == _secretfetch ]]; then _secretfetch \"$@\"; else compdef _secretfetch secretfetch; fi\n",
    );
    script
}

fn zsh_option(option: &Definition, script: &mut String) {
    let help = quoted(option.help).replace('[', "\\[").replace(']', "\\]").replace(':', "\\:");
    let value = option.value.replace(['[', ']', ':'], " ");
    let value = match Value::of(option) {
        Value::None => String::new(),
        Value::Words(words) => format!(":{value}:({})", words.join(" ")),
        Value::File => format!(":{value}:_files"),
        Value::Directory => format!(":{value}:_directories"),
        Value::Other => format!(":{value}: "),
    };
    let assigned = match (value.is_empty(), option.without_value) {
        (true, _) => "",
        (false, None) => "=",
        (false, Some(_)) => "=-",
    };
    let value = if option.without_value.is_some() { format!(":{value}") } else { value };
    script.push_str(&format!("        '*--{}{assigned}[{help}]{value}' \\\n", option.long));
    if let Some(short) = option.short {
        let assigned = if value.is_empty() { "" } else { "+" };
        script.push_str(&format!("        '*-{short}{assigned}[{help}]{value}' \\\n"));
    }
}

fn fish() -> String {
    let mut script =
        "# fish completion of secretfetch: a file `secretfetch.fish` in a directory of $fish_complete_path\n\
                      complete -c secretfetch -f\n"
            .to_owned();
    for command in CommandName::all().map(Some).chain([None]) {
        let condition = match command {
            Some(command) => format!("__fish_seen_subcommand_from {}", command.word()),
            None => format!("not __fish_seen_subcommand_from {}", words().join(" ")),
        };
        let start = format!("complete -c secretfetch -n '{condition}'");
        for option in shown(command) {
            let short = option.short.map(|short| format!(" -s {short}")).unwrap_or_default();
            let value = match Value::of(option) {
                Value::None => String::new(),
                _ if option.without_value.is_some() => String::new(),
                Value::Words(words) => format!(" -x -a '{}'", words.join(" ")),
                Value::File => " -r -F".to_owned(),
                Value::Directory => " -x -a '(__fish_complete_directories)'".to_owned(),
                Value::Other => " -x".to_owned(),
            };
            script.push_str(&format!("{start} -l {}{short}{value} -d '{}'\n", option.long, fish_quoted(option.help)));
        }
        match command.map(Value::of_operand) {
            Some(Value::Words(words)) => script.push_str(&format!("{start} -a '{}'\n", words.join(" "))),
            Some(Value::File) => script.push_str(&format!("{start} -F\n")),
            Some(_) => {}
            None => {
                for command in CommandName::all() {
                    let about = fish_quoted(command.about());
                    script.push_str(&format!("{start} -a {} -d '{about}'\n", command.word()));
                }
            }
        }
    }
    script
}

/// Inside single quotes, where bash and zsh end them for a quote.
fn quoted(text: &str) -> String {
    text.replace('\'', "'\\''")
}

/// The same where fish escapes a quote, and a backslash.
fn fish_quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}
