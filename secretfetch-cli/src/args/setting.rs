//! How the settings that the library speaks of are made here.

use secretfetch::Setting;

/// The options for these settings, and with a configuration its fields; nothing if there is no such option.
pub(crate) fn how_to_set(settings: &[Setting], has_config: bool) -> Option<String> {
    let known: Vec<(&str, Option<&str>)> = settings.iter().filter_map(|setting| option_and_field(*setting)).collect();
    let list = |names: &mut dyn Iterator<Item = String>| names.collect::<Vec<_>>().join(", ");
    let options = list(&mut known.iter().map(|(option, _)| format!("`--{option}`")));
    let fields = list(&mut known.iter().filter_map(|(_, field)| field.map(|field| format!("`{field}`"))));
    match (options.is_empty(), has_config && !fields.is_empty()) {
        (true, _) => None,
        (false, false) => Some(options),
        (false, true) => Some(format!("{options}, or {fields} in the configuration")),
    }
}

fn option_and_field(setting: Setting) -> Option<(&'static str, Option<&'static str>)> {
    match setting {
        Setting::Config => Some(("config", None)),
        Setting::Region => Some(("region", Some("region"))),
        Setting::Profile => Some(("profile", None)),
        Setting::Timeout => Some(("timeout", Some("timeout"))),
        Setting::Mode => Some(("mode", Some("mode"))),
        Setting::Owner => Some(("owner", Some("owner"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::option::OPTIONS;

    const ALL: [Setting; 6] =
        [Setting::Config, Setting::Region, Setting::Profile, Setting::Timeout, Setting::Mode, Setting::Owner];

    #[test]
    fn every_setting_has_an_option() {
        for setting in ALL {
            let (option, _) = option_and_field(setting).unwrap();
            assert!(OPTIONS.iter().any(|known| known.long == option), "{option}");
        }
    }

    #[test]
    fn the_fields_of_a_configuration_are_named_where_there_is_one() {
        let told = |settings: &[Setting], has_config| how_to_set(settings, has_config).unwrap_or_default();
        assert_eq!(told(&[Setting::Timeout], false), "`--timeout`");
        assert_eq!(told(&[Setting::Timeout], true), "`--timeout`, or `timeout` in the configuration");
        let both = [Setting::Mode, Setting::Owner];
        assert_eq!(told(&both, true), "`--mode`, `--owner`, or `mode`, `owner` in the configuration");
        assert_eq!(told(&[Setting::Profile], true), "`--profile`");
        assert_eq!(told(&[], true), "");
    }
}
