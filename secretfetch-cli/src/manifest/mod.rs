//! `manifest`: what brings a configuration's secrets to a service, where that is run. It is made of the configuration alone.

mod compose;
mod delivery;
mod ecs;
mod kubernetes;
mod systemd;

use secretfetch::Result;

use crate::args::{ManifestArguments, Target};
use crate::output::write_output;
use crate::report::Printer;
use delivery::Delivery;

pub(crate) fn manifest(arguments: &ManifestArguments, printer: &Printer) -> Result<()> {
    let delivery = Delivery::of(&arguments.config)?;
    let text = match arguments.target {
        Target::Kubernetes => kubernetes::manifest(&delivery)?,
        Target::Ecs => ecs::task_definition(&delivery)?,
        Target::Compose => compose::project(&delivery)?,
        Target::Systemd => systemd::unit(&delivery)?,
    };
    write_output(text.as_bytes())?;
    delivery.notes(arguments.target).iter().for_each(|note| printer.note(note));
    Ok(())
}
