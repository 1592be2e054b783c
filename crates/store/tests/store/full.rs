//! A disk that takes no more: the write is refused, later ones too, and nothing that was answered is lost. The test
//! starts itself under a limit on the size of files, which writes run into as they do into a full disk.
use crate::place::{Place, open};
use shipyard_store::StoreError;
use std::io::Write;
use std::path::Path;
use std::process::Command;

const DATA: &str = "SHIPYARD_TEST_FULL_DATA";

/// The process whose files may not grow. Does nothing in a plain run of the tests.
#[tokio::test]
async fn filler() {
    let Ok(data) = std::env::var(DATA) else { return };
    let data = Path::new(&data);
    let store = open(data, &data.with_file_name("key")).unwrap();
    let say = |text: String| std::io::stdout().write_all(text.as_bytes()).unwrap();
    let value = "x".repeat(8 * 1024);
    for number in 0.. {
        match store.put_setting(&format!("s{number}"), &value).await {
            Ok(()) => say(format!("\nwrote {number}\n")),
            Err(error) => {
                say(format!("\nrefused {}\n", matches!(error, StoreError::Disk(_))));
                break;
            }
        }
    }
    let again = store.put_setting("again", "x").await;
    say(format!("\nagain {}\n", again.is_err()));
    // What cannot be written cannot be written at the end either: leave as a server does that is stopped.
    std::process::exit(0);
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_loses_none() {
    let place = Place::new();
    drop(place.open().unwrap());
    let limited = "trap '' XFSZ; ulimit -f 4096; exec \"$0\" --exact full::filler --nocapture";
    let output = Command::new("timeout")
        .args(["60", "bash", "-c", limited])
        .arg(std::env::current_exe().unwrap())
        .env(DATA, place.data())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let tail = || {
        format!(
            "{}\n{}",
            said.lines().rev().take(5).collect::<Vec<_>>().join("\n"),
            String::from_utf8_lossy(&output.stderr)
        )
    };
    assert!(
        said.contains("refused true") && said.contains("again true"),
        "{}",
        tail()
    );
    let store = place.open().unwrap();
    let written = said.lines().filter(|line| line.starts_with("wrote ")).count();
    assert!(written > 20, "{}", tail());
    for number in 0..written {
        assert!(
            store.setting(&format!("s{number}")).await.unwrap().is_some(),
            "s{number} of {written}"
        );
    }
    store.put_setting("after", "x").await.unwrap();
}
