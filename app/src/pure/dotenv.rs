//! Reads what people paste from `.env` files.

/// Variables of a pasted text, in order. Comments, empty lines and lines without `=` are passed over.
pub fn read(text: &str) -> Vec<(String, String)> {
    text.lines().filter_map(variable).collect()
}

/// Whether a pasted text is a list of variables rather than one name or value.
pub fn is_list(text: &str) -> bool {
    let text = text.trim();
    text.contains('\n') && !read(text).is_empty()
}

fn variable(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let (name, value) = line.split_once('=')?;
    let name = name.trim_end();
    let good = !name.is_empty() && !name.starts_with('#') && !name.contains(char::is_whitespace);
    good.then(|| (name.to_owned(), unquote(value.trim())))
}

fn unquote(value: &str) -> String {
    let inner = |mark: char| {
        value
            .strip_prefix(mark)
            .and_then(|v| v.split_once(mark))
            .map(|(v, _)| v)
    };
    if let Some(inner) = inner('\'') {
        return inner.to_owned();
    }
    if value.starts_with('"')
        && let Some(text) = double_quoted(value.get(1..).unwrap_or_default())
    {
        return text;
    }
    // A comment after an unquoted value starts with a blank and a hash.
    value.split_once(" #").map_or(value, |(v, _)| v.trim_end()).to_owned()
}

fn double_quoted(value: &str) -> Option<String> {
    let mut text = String::new();
    let mut chars = value.chars();
    loop {
        match chars.next()? {
            '"' => return Some(text),
            '\\' => match chars.next()? {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                next => text.push(next),
            },
            c => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_as_people_write_them() {
        let text = "# db\nA=1\n\nexport B = x y # note\nC=\"a\\nb#\\\"\" # c\nD='$x \"'\nE=\nnope\nURL=http://h/#frag\n=bad\nF=\"open";
        let want = [
            ("A", "1"),
            ("B", "x y"),
            ("C", "a\nb#\""),
            ("D", "$x \""),
            ("E", ""),
            ("URL", "http://h/#frag"),
            ("F", "\"open"),
        ];
        let got = read(text);
        assert_eq!(
            got.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(),
            want
        );
    }

    #[test]
    fn a_single_value_is_no_list() {
        assert!(!is_list("A=1"));
        assert!(!is_list("two\nlines"));
        assert!(is_list("A=1\nB=2"));
    }
}
