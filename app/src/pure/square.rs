//! A square code (QR) as the path of an SVG.
use std::fmt::Write;

/// Light modules around the code that readers need.
pub const MARGIN: usize = 4;

/// The dark modules as one path, a step for each run of a row, and the side of the picture in modules with its margin.
pub fn path(code: &[Vec<bool>]) -> (String, usize) {
    let mut path = String::new();
    for (y, row) in code.iter().enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run.first() == Some(&true) {
                let (left, width) = (x + MARGIN, run.len());
                let _ = write!(path, "M{left} {}h{width}v1h-{width}z", y + MARGIN);
            }
            x += run.len();
        }
    }
    (path, code.len() + 2 * MARGIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn runs_of_dark_modules_are_one_step() {
        let code = vec![vec![true, true, false], vec![false, false, true], vec![false; 3]];
        assert_eq!(path(&code), ("M4 4h2v1h-2zM6 5h1v1h-1z".to_owned(), 11));
    }

    proptest! {
        #[test]
        fn every_dark_module_is_drawn_once(code in prop::collection::vec(prop::collection::vec(any::<bool>(), 9), 9)) {
            let dark: usize = code.iter().flatten().filter(|dark| **dark).count();
            let drawn: usize = path(&code).0.split('h').skip(1).step_by(2).filter_map(|run| run.split('v').next()?.parse::<usize>().ok()).sum();
            prop_assert_eq!(drawn, dark);
        }
    }
}
