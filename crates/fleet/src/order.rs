//! The order in which people expect names: `web-2` before `web-10`, capitals beside small letters.
use std::cmp::Ordering;

/// Compares two texts with the numbers in them by value. Texts that differ only in case or in leading zeros are told
/// apart at last, so that equal means the same text and an order never depends on where the rows came from.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (l, r) = match (left.chars().next(), right.chars().next()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(l), Some(r)) => (l, r),
        };
        if l.is_ascii_digit() && r.is_ascii_digit() {
            let (l, r) = (number(&mut left), number(&mut right));
            let order = l.len().cmp(&r.len()).then_with(|| l.cmp(r));
            if order.is_ne() {
                return order;
            }
        } else {
            // Nearly all names are ASCII, for which this is many times faster.
            let order = if l.is_ascii() && r.is_ascii() {
                l.to_ascii_lowercase().cmp(&r.to_ascii_lowercase())
            } else {
                l.to_lowercase().cmp(r.to_lowercase())
            };
            if order.is_ne() {
                return order;
            }
            left = left.get(l.len_utf8()..).unwrap_or_default();
            right = right.get(r.len_utf8()..).unwrap_or_default();
        }
    }
}

/// Bytes whose order is that of [`natural`] for ASCII texts: to sort many, each is read once. Others are in an order of their own,
/// which is the same each time.
pub fn key(text: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(2 * text.len() + 8);
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        if first.is_ascii_digit() {
            let digits = number(&mut rest);
            // Where the other text has no digit this compares as one; where it has, the longer number is the greater.
            key.push(b'0');
            key.extend(u32::try_from(digits.len()).unwrap_or(u32::MAX).to_be_bytes());
            key.extend(digits.bytes());
        } else {
            let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            key.extend(word.bytes().map(|byte| byte.to_ascii_lowercase()));
            rest = after;
        }
    }
    // Less than anything that goes on.
    key.push(0);
    key.extend(text.bytes());
    key
}

/// Takes the digits at the start of a text, without leading zeros.
fn number<'t>(text: &mut &'t str) -> &'t str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    *text = rest;
    digits.trim_start_matches('0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_count_by_value() {
        let mut names = ["web-10", "web-2", "Web-1", "api", "web-02", "web", "web-2b"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["api", "web", "Web-1", "web-02", "web-2", "web-2b", "web-10"]);
    }

    proptest! {
        #[test]
        fn keys_are_in_the_same_order(a in "[a-cA-C0-2_.-]{0,8}", b in "[a-cA-C0-2_.-]{0,8}") {
            prop_assert_eq!(key(&a).cmp(&key(&b)), natural(&a, &b), "{} {}", a, b);
        }

        #[test]
        fn it_is_an_order(a in "[a-cA-C0-2é-]{0,6}", b in "[a-cA-C0-2é-]{0,6}", c in "[a-cA-C0-2é-]{0,6}") {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            prop_assert_eq!(natural(&a, &b).is_eq(), a == b);
            if natural(&a, &b).is_le() && natural(&b, &c).is_le() {
                prop_assert!(natural(&a, &c).is_le());
            }
        }
    }
}
