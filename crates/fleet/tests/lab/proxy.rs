//! A way to an engine's socket over TCP, which can be cut and mended, and which counts the logs that are followed over it.
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

/// What came over it.
#[derive(Default)]
struct Counts {
    asked: AtomicUsize,
    open: AtomicUsize,
}

pub(crate) struct Proxy {
    pub(crate) address: String,
    open: watch::Sender<bool>,
    counts: Arc<Counts>,
}

impl Proxy {
    pub(crate) async fn to(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (open, watched) = watch::channel(true);
        let counts = Arc::new(Counts::default());
        let shared = Arc::clone(&counts);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, socket.clone(), watched.clone(), Arc::clone(&shared)));
            }
        });
        Self { address, open, counts }
    }

    /// Cuts all connections, and refuses new ones until mended.
    pub(crate) fn cut(&self) {
        self.open.send_replace(false);
    }

    pub(crate) fn mend(&self) {
        self.open.send_replace(true);
    }

    /// How many logs were ever asked for to be followed.
    pub(crate) fn asked(&self) -> usize {
        self.counts.asked.load(Ordering::SeqCst)
    }

    /// How many are being followed.
    pub(crate) fn following(&self) -> usize {
        self.counts.open.load(Ordering::SeqCst)
    }
}

async fn pass(client: TcpStream, socket: PathBuf, mut open: watch::Receiver<bool>, counts: Arc<Counts>) {
    if !*open.borrow_and_update() {
        return;
    }
    let Ok(engine) = UnixStream::connect(socket).await else {
        return;
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_engine, mut to_engine) = engine.into_split();
    let mut followed = 0;
    // Requests without a body come whole.
    let there = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
            let request = String::from_utf8_lossy(&buffer[..read]);
            if request.contains("/logs?") && request.contains("follow=1") {
                counts.asked.fetch_add(1, Ordering::SeqCst);
                counts.open.fetch_add(1, Ordering::SeqCst);
                followed += 1;
            }
            if to_engine.write_all(&buffer[..read]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        _ = open.changed() => {}
        () = there => {}
        _ = tokio::io::copy(&mut from_engine, &mut to_client) => {}
    }
    counts.open.fetch_sub(followed, Ordering::SeqCst);
}
