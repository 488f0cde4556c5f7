//! The programs that read what is written, each as small as its grammar allows.

pub(crate) mod bun;
pub(crate) mod compose;
pub(crate) mod dollar;
pub(crate) mod dotenvy;
pub(crate) mod godotenv;
pub(crate) mod kubernetes;
pub(crate) mod lines;
pub(crate) mod node;
pub(crate) mod npm_dotenv;
pub(crate) mod phpdotenv;
pub(crate) mod properties;
pub(crate) mod python_dotenv;
pub(crate) mod ruby_dotenv;
pub(crate) mod shell;
pub(crate) mod systemd;
pub(crate) mod yaml;

pub(crate) type Members = Vec<(String, String)>;

/// The names and values that a program finds in a text, or why it reads nothing.
pub(crate) type Reader = fn(&str) -> Result<Members, String>;

/// Sets a name as a map does: a later value takes the earlier one's place.
fn assign(members: &mut Members, name: &str, value: String) {
    match members.iter_mut().find(|(known, _)| known == name) {
        Some(known) => known.1 = value,
        None => members.push((name.to_owned(), value)),
    }
}

/// Go's `unicode.IsLetter` and `unicode.IsNumber`, by general category.
fn is_go_letter_or_number(c: char) -> bool {
    use unicode_general_category::{GeneralCategory as Category, get_general_category};
    matches!(
        get_general_category(c),
        Category::UppercaseLetter
            | Category::LowercaseLetter
            | Category::TitlecaseLetter
            | Category::ModifierLetter
            | Category::OtherLetter
            | Category::DecimalNumber
            | Category::LetterNumber
            | Category::OtherNumber
    )
}

/// `isSpace` of godotenv and of compose-go: blanks that end no line.
fn is_go_blank(c: char) -> bool {
    matches!(c, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}
