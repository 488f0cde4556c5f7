//! Letters and numbers as Go sees them.

/// What Go's `unicode.IsLetter` or `unicode.IsNumber` takes: the general categories L and N. Rust's
/// `is_alphanumeric` is wider (the derived property Alphabetic, DerivedCoreProperties.txt): it has vowel signs, other
/// marks and circled letters as well.
pub(super) fn is_letter_or_number(c: char) -> bool {
    c.is_alphanumeric() && (c.is_ascii() || !is_other_alphabetic(c))
}

fn is_other_alphabetic(c: char) -> bool {
    let at = OTHER_ALPHABETIC.partition_point(|(_, last)| *last < c);
    OTHER_ALPHABETIC.get(at).is_some_and(|(first, _)| *first <= c)
}

/// Alphabetic and neither letter nor number in Unicode 16, or not assigned there. Characters that are not alphabetic
/// may lie inside a range, which keeps the ranges few.
#[rustfmt::skip]
const OTHER_ALPHABETIC: &[(char, char)] = &[
    ('\u{345}', '\u{36f}'), ('\u{5b0}', '\u{5c7}'), ('\u{610}', '\u{61a}'), ('\u{64b}', '\u{65f}'),
    ('\u{670}', '\u{670}'), ('\u{6d6}', '\u{6e4}'), ('\u{6e7}', '\u{6ed}'), ('\u{711}', '\u{711}'),
    ('\u{730}', '\u{73f}'), ('\u{7a6}', '\u{7b0}'), ('\u{816}', '\u{817}'), ('\u{81b}', '\u{823}'),
    ('\u{825}', '\u{827}'), ('\u{829}', '\u{82c}'), ('\u{88f}', '\u{897}'), ('\u{8d4}', '\u{903}'),
    ('\u{93a}', '\u{93b}'), ('\u{93e}', '\u{94f}'), ('\u{955}', '\u{957}'), ('\u{962}', '\u{963}'),
    ('\u{981}', '\u{983}'), ('\u{9be}', '\u{9cc}'), ('\u{9d7}', '\u{9d7}'), ('\u{9e2}', '\u{9e3}'),
    ('\u{a01}', '\u{a03}'), ('\u{a3e}', '\u{a51}'), ('\u{a70}', '\u{a71}'), ('\u{a75}', '\u{a83}'),
    ('\u{abe}', '\u{acc}'), ('\u{ae2}', '\u{ae3}'), ('\u{afa}', '\u{b03}'), ('\u{b3e}', '\u{b57}'),
    ('\u{b62}', '\u{b63}'), ('\u{b82}', '\u{b82}'), ('\u{bbe}', '\u{bcc}'), ('\u{bd7}', '\u{bd7}'),
    ('\u{c00}', '\u{c04}'), ('\u{c3e}', '\u{c56}'), ('\u{c5c}', '\u{c5c}'), ('\u{c62}', '\u{c63}'),
    ('\u{c81}', '\u{c83}'), ('\u{cbe}', '\u{cdc}'), ('\u{ce2}', '\u{ce3}'), ('\u{cf3}', '\u{d03}'),
    ('\u{d3e}', '\u{d4c}'), ('\u{d57}', '\u{d57}'), ('\u{d62}', '\u{d63}'), ('\u{d81}', '\u{d83}'),
    ('\u{dcf}', '\u{ddf}'), ('\u{df2}', '\u{df3}'), ('\u{e31}', '\u{e31}'), ('\u{e34}', '\u{e3a}'),
    ('\u{e4d}', '\u{e4d}'), ('\u{eb1}', '\u{eb1}'), ('\u{eb4}', '\u{ebc}'), ('\u{ecd}', '\u{ecd}'),
    ('\u{f71}', '\u{f83}'), ('\u{f8d}', '\u{fbc}'), ('\u{102b}', '\u{103e}'), ('\u{1056}', '\u{1059}'),
    ('\u{105e}', '\u{1060}'), ('\u{1062}', '\u{1064}'), ('\u{1067}', '\u{106d}'), ('\u{1071}', '\u{1074}'),
    ('\u{1082}', '\u{108d}'), ('\u{108f}', '\u{108f}'), ('\u{109a}', '\u{109d}'), ('\u{1712}', '\u{1713}'),
    ('\u{1732}', '\u{1733}'), ('\u{1752}', '\u{1753}'), ('\u{1772}', '\u{1773}'), ('\u{17b6}', '\u{17c8}'),
    ('\u{1885}', '\u{1886}'), ('\u{18a9}', '\u{18a9}'), ('\u{1920}', '\u{1938}'), ('\u{1a17}', '\u{1a1b}'),
    ('\u{1a55}', '\u{1a74}'), ('\u{1abf}', '\u{1b04}'), ('\u{1b35}', '\u{1b43}'), ('\u{1b80}', '\u{1b82}'),
    ('\u{1ba1}', '\u{1bad}'), ('\u{1be7}', '\u{1bf1}'), ('\u{1c24}', '\u{1c36}'), ('\u{1dd3}', '\u{1df4}'),
    ('\u{24b6}', '\u{24e9}'), ('\u{2de0}', '\u{2dff}'), ('\u{a674}', '\u{a67b}'), ('\u{a69e}', '\u{a69f}'),
    ('\u{a7ce}', '\u{a7cf}'), ('\u{a7d2}', '\u{a7d2}'), ('\u{a7d4}', '\u{a7d4}'), ('\u{a7f1}', '\u{a7f1}'),
    ('\u{a802}', '\u{a802}'), ('\u{a80b}', '\u{a80b}'), ('\u{a823}', '\u{a827}'), ('\u{a880}', '\u{a881}'),
    ('\u{a8b4}', '\u{a8c5}'), ('\u{a8ff}', '\u{a8ff}'), ('\u{a926}', '\u{a92a}'), ('\u{a947}', '\u{a952}'),
    ('\u{a980}', '\u{a983}'), ('\u{a9b4}', '\u{a9bf}'), ('\u{a9e5}', '\u{a9e5}'), ('\u{aa29}', '\u{aa36}'),
    ('\u{aa43}', '\u{aa43}'), ('\u{aa4c}', '\u{aa4d}'), ('\u{aa7b}', '\u{aa7d}'), ('\u{aab0}', '\u{aab0}'),
    ('\u{aab2}', '\u{aab4}'), ('\u{aab7}', '\u{aab8}'), ('\u{aabe}', '\u{aabe}'), ('\u{aaeb}', '\u{aaef}'),
    ('\u{aaf5}', '\u{aaf5}'), ('\u{abe3}', '\u{abea}'), ('\u{fb1e}', '\u{fb1e}'), ('\u{10376}', '\u{1037a}'),
    ('\u{10940}', '\u{10959}'), ('\u{10a01}', '\u{10a0f}'), ('\u{10d24}', '\u{10d27}'), ('\u{10d69}', '\u{10d69}'),
    ('\u{10eab}', '\u{10eac}'), ('\u{10ec5}', '\u{10efc}'), ('\u{11000}', '\u{11002}'), ('\u{11038}', '\u{11045}'),
    ('\u{11073}', '\u{11074}'), ('\u{11080}', '\u{11082}'), ('\u{110b0}', '\u{110c2}'), ('\u{11100}', '\u{11102}'),
    ('\u{11127}', '\u{11132}'), ('\u{11145}', '\u{11146}'), ('\u{11180}', '\u{11182}'), ('\u{111b3}', '\u{111bf}'),
    ('\u{111ce}', '\u{111cf}'), ('\u{1122c}', '\u{1123e}'), ('\u{11241}', '\u{11241}'), ('\u{112df}', '\u{112e8}'),
    ('\u{11300}', '\u{11303}'), ('\u{1133e}', '\u{1134c}'), ('\u{11357}', '\u{11357}'), ('\u{11362}', '\u{11363}'),
    ('\u{113b8}', '\u{113cd}'), ('\u{11435}', '\u{11445}'), ('\u{114b0}', '\u{114c1}'), ('\u{115af}', '\u{115be}'),
    ('\u{115dc}', '\u{115dd}'), ('\u{11630}', '\u{11640}'), ('\u{116ab}', '\u{116b5}'), ('\u{1171d}', '\u{1172a}'),
    ('\u{1182c}', '\u{11838}'), ('\u{11930}', '\u{1193c}'), ('\u{11940}', '\u{11940}'), ('\u{11942}', '\u{11942}'),
    ('\u{119d1}', '\u{119df}'), ('\u{119e4}', '\u{119e4}'), ('\u{11a01}', '\u{11a0a}'), ('\u{11a35}', '\u{11a39}'),
    ('\u{11a3b}', '\u{11a3e}'), ('\u{11a51}', '\u{11a5b}'), ('\u{11a8a}', '\u{11a97}'), ('\u{11b60}', '\u{11b67}'),
    ('\u{11c2f}', '\u{11c3e}'), ('\u{11c92}', '\u{11cb6}'), ('\u{11d31}', '\u{11d43}'), ('\u{11d47}', '\u{11d47}'),
    ('\u{11d8a}', '\u{11d96}'), ('\u{11db0}', '\u{11de9}'), ('\u{11ef3}', '\u{11f01}'), ('\u{11f03}', '\u{11f03}'),
    ('\u{11f34}', '\u{11f40}'), ('\u{1611e}', '\u{1612e}'), ('\u{16ea0}', '\u{16ed3}'), ('\u{16f4f}', '\u{16f4f}'),
    ('\u{16f51}', '\u{16f92}'), ('\u{16ff0}', '\u{16ff6}'), ('\u{187f8}', '\u{187ff}'), ('\u{18d09}', '\u{18df2}'),
    ('\u{1bc9e}', '\u{1bc9e}'), ('\u{1e000}', '\u{1e02a}'), ('\u{1e08f}', '\u{1e08f}'), ('\u{1e6c0}', '\u{1e6ff}'),
    ('\u{1e947}', '\u{1e947}'), ('\u{1f130}', '\u{1f189}'), ('\u{2b73a}', '\u{2b73f}'), ('\u{2cea2}', '\u{2cead}'),
    ('\u{323b0}', '\u{33479}'),
];

#[cfg(test)]
mod tests {
    use unicode_general_category::{GeneralCategory as Category, get_general_category};

    use super::is_letter_or_number;

    #[test]
    fn letters_and_numbers_are_those_of_the_general_categories() {
        let is_one = |c| {
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
        };
        // What a later version of Unicode assigns is for a later table.
        let assigned = |c: &char| get_general_category(*c) != Category::Unassigned;
        let wrong: Vec<char> =
            ('\0'..=char::MAX).filter(assigned).filter(|c| is_letter_or_number(*c) != is_one(*c)).collect();
        assert_eq!(wrong, Vec::<char>::new());
    }
}
