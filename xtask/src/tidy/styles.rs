//! Raw colours are written in `style/tokens.css` only, in a light and a dark form. One written elsewhere is wrong in one
//! of the two themes, and nobody sees it until they use the other.

use super::Problems;
use crate::files;
use crate::project::Project;
use anyhow::Result;

/// The functions that make a colour from numbers. `color-mix` of tokens is fine.
const FUNCTIONS: [&str; 10] = [
    "rgb(",
    "rgba(",
    "hsl(",
    "hsla(",
    "hwb(",
    "lab(",
    "lch(",
    "oklab(",
    "oklch(",
    "light-dark(",
];

/// The names that people reach for. `transparent` and `currentColor` are not raw.
const NAMES: [&str; 12] = [
    "white", "black", "red", "green", "blue", "gray", "grey", "orange", "yellow", "purple", "teal", "silver",
];

pub(super) fn check(project: &Project) -> Result<Problems> {
    let mut problems = Problems::new();
    for file in files::with_extension(&project.path("style"), &["css"])? {
        if file.ends_with("style/tokens.css") {
            continue;
        }
        let name = file.strip_prefix(&project.root).unwrap_or(&file).display();
        for (line, colour) in colours(&files::read(&file)?) {
            problems.push(format!(
                "{name}:{line}: raw colour {colour}: use or add a token in style/tokens.css"
            ));
        }
    }
    Ok(problems)
}

/// The raw colours in a style sheet, each with its line.
fn colours(css: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in without_comments(css).lines().enumerate() {
        // Only what stands after a property's colon is a value: `#main` before it is a selector.
        for value in line
            .split([';', '{', '}'])
            .filter_map(|declaration| declaration.split_once(": "))
        {
            found.extend(in_value(value.1).map(|colour| (number + 1, colour)));
        }
    }
    found
}

fn in_value(value: &str) -> Option<String> {
    let is_hex = |word: &str| {
        let digits = word.strip_prefix('#').unwrap_or_default();
        matches!(digits.len(), 3 | 4 | 6 | 8) && digits.chars().all(|c| c.is_ascii_hexdigit())
    };
    let value = value.to_ascii_lowercase();
    let mut words = value.split(|c: char| !(c.is_alphanumeric() || "#-_".contains(c)));
    let raw = words.find(|word| is_hex(word) || NAMES.contains(word));
    // A function's name may end another's: `oklab(` holds `lab(`, so the character before must not belong to a name.
    let mut functions = FUNCTIONS.iter().filter(|name| {
        value.match_indices(**name).any(|(at, _)| {
            !value
                .get(..at)
                .unwrap_or_default()
                .ends_with(|c: char| c.is_alphanumeric() || c == '-')
        })
    });
    raw.map(str::to_owned)
        .or_else(|| functions.next().map(|name| format!("{name}…)")))
}

/// Comments become spaces, so that lines keep their numbers.
fn without_comments(css: &str) -> String {
    let mut out = String::new();
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        let (comment, after) = after.split_once("*/").unwrap_or((after, ""));
        out.extend(comment.chars().filter(|c| *c == '\n'));
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_colours_are_found() {
        let css = "a { color: #fff; }\n/* color: red;\n */\nb {\n  background: oklch(50% 0 0);\n  border: 1px solid white;\n}";
        let lines: Vec<usize> = colours(css).into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [1, 5, 6]);
    }

    #[test]
    fn tokens_are_not_raw() {
        let css = "#fade { color: var(--white); background: color-mix(in oklab, var(--ok) 20%, transparent); }\n\
                   a:hover { fill: currentColor; grid-area: red-one; mask: url(a.svg#abc-d); white-space: nowrap; }";
        assert_eq!(colours(css), []);
    }
}
