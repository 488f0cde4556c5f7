//! Whether connections are encrypted.

#[cfg(feature = "tls")]
use std::sync::Arc;

#[derive(Clone)]
pub(super) enum Security {
    None,
    #[cfg(feature = "tls")]
    Tls(Arc<tokio_rustls::rustls::ServerConfig>),
}

impl Security {
    pub(super) fn scheme(&self) -> &'static str {
        match self {
            Security::None => "http",
            #[cfg(feature = "tls")]
            Security::Tls(_) => "https",
        }
    }
}
