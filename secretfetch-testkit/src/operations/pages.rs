//! Answers that come in pages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::fake::refusal::Refusal;

/// Where in a list a page starts, and which one of the answer's it is. In a token it is opaque to clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) index: usize,
    start: usize,
}

impl Page {
    pub(crate) fn of(token: Option<&str>) -> Result<Page, Refusal> {
        token.map_or(Ok(Page::default()), |token| Page::parse(token).ok_or(Refusal::InvalidNextToken))
    }

    fn parse(token: &str) -> Option<Page> {
        let text = String::from_utf8(BASE64.decode(token).ok()?).ok()?;
        let (index, start) = text.strip_prefix("page ")?.split_once(' ')?;
        Some(Page { index: index.parse().ok()?, start: start.parse().ok()? })
    }

    /// This page's part of a list, and the token of the next one if something is left.
    pub(crate) fn cut<T>(self, mut list: Vec<T>, size: usize) -> Result<(Vec<T>, Option<String>), Refusal> {
        if self.start > list.len() {
            return Err(Refusal::InvalidNextToken);
        }
        let mut page = list.split_off(self.start);
        if page.len() <= size {
            return Ok((page, None));
        }
        page.truncate(size);
        let next = format!("page {} {}", self.index + 1, self.start + size);
        Ok((page, Some(BASE64.encode(next))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_a_list_and_a_token_of_nothing_is_refused() {
        let list: Vec<u8> = (0..5).collect();
        let (first, token) = Page::of(None).unwrap().cut(list.clone(), 2).unwrap();
        let (second, token) = Page::of(token.as_deref()).unwrap().cut(list.clone(), 2).unwrap();
        let (third, end) = Page::of(token.as_deref()).unwrap().cut(list, 2).unwrap();
        assert_eq!([first, second, third].concat(), [0, 1, 2, 3, 4]);
        assert_eq!(end, None);
        assert!(Page::of(Some("nonsense")).is_err());
        assert!(Page::of(token.as_deref()).unwrap().cut(vec![1], 2).is_err());
    }
}
