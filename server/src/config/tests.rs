//! Sources, their order, and what is refused.
use super::*;

fn load(arguments: &[&str]) -> Result<Settings, BadConfig> {
    let fixed = [
        "shipyard-server",
        "--data-dir",
        "/tmp/shipyard-data",
        "--key-file",
        "/tmp/shipyard-key",
    ];
    Settings::from_arguments(fixed.iter().chain(arguments).copied())
}

#[test]
fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shipyard.toml");
    std::fs::write(
        &path,
        "listen = \"127.0.0.1:9\"\nsession-hours = 3\nallowed-hosts = [\"Yard\"]\nstats-kept = 0\n",
    )
    .unwrap();
    let path = path.to_str().unwrap();
    let settings = load(&["--config", path]).unwrap();
    assert_eq!(settings.listen.port(), 9);
    assert_eq!(settings.session_length, Duration::from_secs(3 * 3600));
    assert_eq!(settings.session_idle, Duration::from_secs(3600));
    assert_eq!(settings.allowed_hosts, ["yard"]);
    assert_eq!(settings.stats_kept, 0);
    let settings = load(&["--config", path, "--listen", "127.0.0.1:10", "--stats-kept", "7"]).unwrap();
    assert_eq!((settings.listen.port(), settings.stats_kept), (10, 7));
    assert_eq!(load(&[]).unwrap().stats_kept, 200);
}

#[test]
fn an_unknown_setting_in_the_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shipyard.toml");
    std::fs::write(&path, "lisssten = 3\n").unwrap();
    let error = load(&["--config", path.to_str().unwrap()]).unwrap_err().to_string();
    assert!(error.contains("lisssten"), "{error}");
}

#[test]
fn the_key_never_lies_in_the_data_folder() {
    let error = load(&["--key-file", "/tmp/shipyard-data/sub/../master.key"]);
    assert!(
        matches!(error, Err(BadConfig::Usage(_))),
        "a flag given twice is a usage error"
    );
    let arguments = [
        "x",
        "--data-dir",
        "/tmp/shipyard-data",
        "--key-file",
        "/tmp/shipyard-data/master.key",
    ];
    let error = Settings::from_arguments(arguments).unwrap_err().to_string();
    assert!(error.contains("lies in the data folder"), "{error}");
}

#[test]
fn a_public_url_is_an_origin() {
    assert_eq!(
        load(&["--public-url", "https://Yard.example/"])
            .unwrap()
            .public_origin
            .unwrap(),
        "https://yard.example"
    );
    assert!(load(&["--public-url", "https://yard.example"]).unwrap().is_https());
    for bad in ["yard", "ftp://a", "https://a/b", "https://", "https://u@a"] {
        assert!(load(&["--public-url", bad]).is_err(), "{bad}");
    }
}

/// `SHIPYARD_BLESS=1` writes the table instead of comparing it.
#[test]
fn the_readme_has_the_table_of_all_settings() {
    const BEGIN: &str = "<!-- configuration -->\n";
    const END: &str = "<!-- /configuration -->";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let (before, rest) = readme
        .split_once(BEGIN)
        .expect("README.md has the mark <!-- configuration -->");
    let (table, after) = rest
        .split_once(END)
        .expect("README.md has the mark <!-- /configuration -->");
    if std::env::var_os("SHIPYARD_BLESS").is_some() {
        std::fs::write(path, format!("{before}{BEGIN}{}{END}{after}", table::render())).unwrap();
    } else {
        assert_eq!(
            table,
            table::render(),
            "run SHIPYARD_BLESS=1 cargo test -p shipyard-server to renew it"
        );
    }
}
