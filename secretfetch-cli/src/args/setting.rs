//! How the settings that the library speaks of are made here.

use secretfetch::Setting;

use super::given::{Given, Origin};
use super::values::PlanArguments;

/// Where each setting was given, as far as one was.
#[derive(Clone, Copy, Default)]
pub(crate) struct Settings {
    /// Whether there is a configuration, in which some settings can be made as well.
    has_config: bool,
    config: Option<Origin>,
    region: Option<Origin>,
    profile: Option<Origin>,
    timeout: Option<Origin>,
    mode: Option<Origin>,
    owner: Option<Origin>,
}

impl Settings {
    pub(crate) fn of(plan: &PlanArguments) -> Self {
        fn origin<T>(given: &Option<Given<T>>) -> Option<Origin> {
            given.as_ref().map(|given| given.origin)
        }
        let PlanArguments { config, aws, files, .. } = plan;
        Settings {
            has_config: config.config.is_some() || config.config_inline.is_some(),
            config: origin(&config.config),
            region: origin(&aws.region),
            profile: origin(&aws.profile),
            timeout: origin(&aws.timeout),
            mode: origin(&files.mode),
            owner: origin(&files.owner),
        }
    }

    /// What to change for these settings: the options or variables, and the fields of a configuration that they do not
    /// hide.
    pub(crate) fn how_to_set(&self, settings: &[Setting]) -> Option<String> {
        let ways: Vec<Way> = settings.iter().filter_map(|setting| self.way(*setting)).collect();
        let fields = ways.iter().filter(|way| self.has_config && way.given.is_none()).filter_map(|way| way.field);
        let fields: Vec<String> = fields.map(|field| format!("`{field}`")).collect();
        let options = ways.iter().map(|way| way.given.unwrap_or(Origin::Typed(way.option)).to_string());
        let options = options.collect::<Vec<_>>().join(", ");
        match (options.is_empty(), fields.is_empty()) {
            (true, _) => None,
            (false, true) => Some(options),
            (false, false) => Some(format!("{options}, or {} in the configuration", fields.join(", "))),
        }
    }

    fn way(&self, setting: Setting) -> Option<Way> {
        let way = |option, field, given| Some(Way { option, field, given });
        match setting {
            Setting::Config => way("config", None, self.config),
            Setting::Region => way("region", Some("region"), self.region),
            Setting::Profile => way("profile", None, self.profile),
            Setting::Timeout => way("timeout", Some("timeout"), self.timeout),
            Setting::Mode => way("mode", Some("mode"), self.mode),
            Setting::Owner => way("owner", Some("owner"), self.owner),
            _ => None,
        }
    }
}

/// How one setting is made.
struct Way {
    option: &'static str,
    field: Option<&'static str>,
    given: Option<Origin>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::option::OPTIONS;

    #[test]
    fn every_setting_has_an_option() {
        for setting in Setting::ALL {
            let way = Settings::default().way(*setting).unwrap();
            assert!(OPTIONS.iter().any(|known| known.long == way.option), "{}", way.option);
        }
    }

    #[test]
    fn the_fields_of_a_configuration_are_named_where_there_is_one() {
        let told = |has_config, settings: &[Setting]| {
            Settings { has_config, ..Settings::default() }.how_to_set(settings).unwrap_or_default()
        };
        assert_eq!(told(false, &[Setting::Timeout]), "`--timeout`");
        assert_eq!(told(true, &[Setting::Timeout]), "`--timeout`, or `timeout` in the configuration");
        let both = [Setting::Mode, Setting::Owner];
        assert_eq!(told(true, &both), "`--mode`, `--owner`, or `mode`, `owner` in the configuration");
        assert_eq!(told(true, &[Setting::Profile]), "`--profile`");
        assert_eq!(told(true, &[]), "");
    }

    #[test]
    fn what_is_set_already_is_named_as_it_was_given() {
        let settings = Settings { has_config: true, timeout: Some(Origin::Variable("timeout")), ..Settings::default() };
        assert_eq!(settings.how_to_set(&[Setting::Timeout]).unwrap(), "SECRETFETCH_TIMEOUT");
        let settings = Settings { mode: Some(Origin::Typed("mode")), ..settings };
        let told = settings.how_to_set(&[Setting::Mode, Setting::Owner]).unwrap();
        assert_eq!(told, "`--mode`, `--owner`, or `owner` in the configuration");
    }
}
