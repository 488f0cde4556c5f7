//! A service's unit: systemd.service(5), systemd.exec(5).

use secretfetch::Result;

use super::delivery::{CONFIG_DIRECTORY, Delivery};

pub(super) fn unit(delivery: &Delivery) -> Result<String> {
    let Delivery { app, .. } = delivery;
    let program = "/usr/local/bin/secretfetch";
    let config = format!("{CONFIG_DIRECTORY}/{app}.yaml");
    let directory = format!("%t/{app}");
    let files = match delivery.has_files() {
        true => format!(" --directory={directory} --mode=0400"),
        false => String::new(),
    };
    let start = if delivery.is_exec() {
        format!("ExecStart={program} exec --config={config}{files} -- /usr/local/bin/{app}\n")
    } else {
        let mut start = format!("ExecStartPre={program} fetch --config={config}{files}\n");
        let is_read = |file: &&secretfetch::FileConfig| file.format.dialect() == Some("systemd");
        for file in delivery.config.files.iter().filter(is_read) {
            let path = file.path.replace('%', "%%");
            // Read before each command: it may be missing (-) before the first, which otherwise fails the start.
            start.push_str(&format!("EnvironmentFile=-{directory}/{path}\n"));
        }
        start + &format!("ExecStart=/usr/local/bin/{app}\n")
    };
    let patience = delivery.patience();
    Ok(format!(
        "\
# /etc/systemd/system/{app}.service. The configuration goes to {config}, the program to
# {program}. To change: the service's own program, and what it needs. It finds its files in /run/{app}.
[Unit]
Description={app}, with its secrets
Wants=network-online.target
After=network-online.target

[Service]
{start}TimeoutStartSec={patience}s
RuntimeDirectory={app}
RuntimeDirectoryMode=0700
DynamicUser=yes
NoNewPrivileges=yes
PrivateDevices=yes
ProtectSystem=strict
ProtectHome=yes
Restart=on-failure
RestartSec=5s

[Install]
WantedBy=multi-user.target
"
    ))
}
