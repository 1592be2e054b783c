//! Reading the tree: the list of source files, and a fingerprint that tells whether inputs of a step have changed.

use anyhow::{Context, Result};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// Folders that hold nothing a person wrote.
const SKIPPED: [&str; 6] = [
    "target",
    "node_modules",
    ".git",
    "test-results",
    "playwright-report",
    "artifacts",
];

/// Every file below a folder (or the file itself), sorted, without what is generated. A path that is not there has none.
pub(crate) fn walk(path: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![path.to_path_buf()];
    while let Some(next) = waiting.pop() {
        if next.is_dir() {
            for entry in next
                .read_dir()
                .with_context(|| format!("cannot list {}", next.display()))?
            {
                let entry = entry?;
                if !SKIPPED.iter().any(|skipped| entry.file_name() == *skipped) {
                    waiting.push(entry.path());
                }
            }
        } else if next.exists() {
            found.push(next);
        }
    }
    found.sort();
    Ok(found)
}

/// The files below a folder whose names end in one of these extensions.
pub(crate) fn with_extension(path: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>> {
    let fits = |file: &PathBuf| {
        file.extension()
            .is_some_and(|found| extensions.iter().any(|wanted| found == *wanted))
    };
    Ok(walk(path)?.into_iter().filter(fits).collect())
}

/// Reads a text, naming it in the error.
pub(crate) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// One number over the names and contents of files. It only ever says "unchanged", so 64 bits of SipHash are plenty.
pub(crate) fn fingerprint(paths: &[PathBuf]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        for file in walk(path)? {
            file.hash(&mut hasher);
            std::fs::read(&file)
                .with_context(|| format!("cannot read {}", file.display()))?
                .hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_changes_with_content_and_name() {
        let dir = std::env::temp_dir().join(format!("shipyard-xtask-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("node_modules")).unwrap();
        std::fs::write(dir.join("a"), "1").unwrap();
        let print = || fingerprint(std::slice::from_ref(&dir)).unwrap();
        let first = print();
        std::fs::write(dir.join("node_modules/b"), "1").unwrap();
        assert_eq!(first, print(), "generated folders do not count");
        std::fs::write(dir.join("a"), "2").unwrap();
        let second = print();
        assert_ne!(first, second);
        std::fs::rename(dir.join("a"), dir.join("c")).unwrap();
        assert_ne!(second, print());
        std::fs::remove_dir_all(dir).unwrap();
    }
}
