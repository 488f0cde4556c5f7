//! What the binary tells when it fails: the exit code, the text, the JSON document and log lines, the termination
//! message, all with the same facts.

mod documents;
mod exit_codes;
mod scene;
mod termination;
mod usage;
