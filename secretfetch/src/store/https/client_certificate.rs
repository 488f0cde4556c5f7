//! The certificate that is shown to a server which asks for one.

use crate::store::named::{SecretKeyRef, StoreSettings};

/// Where a certificate and its key are, both in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClientCertificate {
    pub(super) certificate: SecretKeyRef,
    pub(super) private_key: SecretKeyRef,
}

impl ClientCertificate {
    pub(super) fn read(settings: &mut StoreSettings<'_, '_, '_>) -> Option<Self> {
        settings.nested("clientCertificate", &["certificate", "privateKey"], |of| {
            let (certificate, private_key) = (of.required_secret("certificate"), of.required_secret("privateKey"));
            Some(ClientCertificate { certificate: certificate?, private_key: private_key? })
        })
    }
}
