//! A word of a shell's command, between single quotes.
//!
//! Source: POSIX.1-2017, Shell Command Language, section 2.2.2: between single quotes every character is itself, and none
//! of them can be a single quote. No character's second byte is one in any locale, as one could be a backslash.

use super::single_quoted;

pub(in crate::format) fn refuse(text: &str) -> Option<&'static str> {
    text.contains('\0').then_some("the value has a NUL, which no word of a shell can hold")
}

pub(in crate::format) fn write(text: &str, out: &mut dyn FnMut(&str)) {
    single_quoted(text, "'\\''", out);
}

#[cfg(test)]
mod tests {
    use super::super::written;
    use super::*;

    #[test]
    fn a_word_is_quoted_whatever_is_in_it() {
        for (text, word) in [("", "''"), ("it's", "'it'\\''s'"), ("$x `y`\n\\", "'$x `y`\n\\'")] {
            assert_eq!(refuse(text), None);
            assert_eq!(written(|out| write(text, out)), word);
        }
        assert!(refuse("\0").is_some());
    }
}
