//! The programs that read what is written, each as small as its grammar allows.

pub mod bun;
pub mod compose;
pub mod dollar;
pub mod dotenvy;
pub mod godotenv;
pub mod kubernetes;
pub mod lines;
pub mod mycnf;
pub mod netrc;
pub mod node;
pub mod npm_dotenv;
pub mod pgpass;
pub mod phpdotenv;
pub mod places;
pub mod properties;
pub mod python_dotenv;
pub mod ruby_dotenv;
pub mod shell;
pub mod systemd;
pub mod toml;
pub mod yaml;

/// Names and values, in order.
pub type Members = Vec<(String, String)>;

/// The names and values that a program finds in a text, or why it reads nothing.
pub type Reader = fn(&str) -> Result<Members, String>;

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
