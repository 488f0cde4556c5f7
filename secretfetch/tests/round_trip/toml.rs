use proptest::prelude::*;
use secretfetch_readers::check;
use secretfetch_readers::tree::Tree;

use crate::generate::{config, members};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_secret_is_read_back_or_refused(members in members()) {
        check::toml(&members);
    }
}

/// Each character once, in keys and values: escapes are chosen by character.
#[test]
fn every_character_is_read_back() {
    let characters: Vec<char> = ('\0'..=char::MAX).collect();
    for block in characters.chunks(512) {
        let text: String = block.iter().collect();
        check::toml(&[(text.clone(), Tree::Text(text))]);
    }
}
