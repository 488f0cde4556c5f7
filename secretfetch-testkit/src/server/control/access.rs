//! Who may use the control API.

use std::net::IpAddr;

/// Who may use a server's control API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Control {
    /// Nobody.
    #[default]
    Off,
    /// Programs on this machine, whatever address the server listens at.
    Loopback,
    /// Whoever reaches the server: for a container whose port is published to the test alone.
    Anyone,
}

impl Control {
    pub(in crate::server) fn allows(self, peer: IpAddr) -> bool {
        match self {
            Control::Off => false,
            Control::Loopback => peer.to_canonical().is_loopback(),
            Control::Anyone => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_machine_is_let_in_only_when_told() {
        let peers = ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.2", "::ffff:10.0.0.2"];
        let allowed = |control: Control| peers.map(|peer| control.allows(peer.parse().unwrap()));
        assert_eq!(allowed(Control::Off), [false; 5]);
        assert_eq!(allowed(Control::Loopback), [true, true, true, false, false]);
        assert_eq!(allowed(Control::Anyone), [true; 5]);
    }
}
