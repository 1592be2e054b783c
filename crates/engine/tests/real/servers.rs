//! Servers on the loopback that are not what one wants there, and a proxy that can be cut.
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use shipyard_model::EngineAddress;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// What a wrong server does with a connection.
#[derive(Clone, Copy)]
pub(crate) enum Manner {
    /// Nothing.
    Silent,
    /// Sends back what it gets.
    Echo,
    /// Closes at once.
    Close,
    /// Answers every request with this page.
    Http(&'static str),
    /// Sends a body without end.
    Flood,
    /// Is an engine, until it is asked for its containers: then it sends a body without end, or none at all.
    Engine { floods: bool },
}

async fn flood(socket: &mut (impl AsyncWrite + Unpin)) {
    let _ = socket
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")
        .await;
    while socket.write_all(&[b' '; 65536]).await.is_ok() {}
}

async fn behave(mut socket: impl AsyncRead + AsyncWrite + Unpin, manner: Manner) {
    let mut buffer = vec![0; 16 * 1024];
    match manner {
        Manner::Silent => std::future::pending().await,
        Manner::Close => {}
        Manner::Echo => {
            while let Ok(read @ 1..) = socket.read(&mut buffer).await {
                if socket.write_all(&buffer[..read]).await.is_err() {
                    return;
                }
            }
        }
        Manner::Http(body) => {
            while let Ok(1..) = socket.read(&mut buffer).await {
                let length = body.len();
                let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {length}\r\n\r\n");
                if socket.write_all((head + body).as_bytes()).await.is_err() {
                    return;
                }
            }
        }
        Manner::Flood => {
            if let Ok(1..) = socket.read(&mut buffer).await {
                flood(&mut socket).await;
            }
        }
        Manner::Engine { floods } => {
            while let Ok(read @ 1..) = socket.read(&mut buffer).await {
                let request = String::from_utf8_lossy(&buffer[..read]).into_owned();
                if !request.starts_with("GET /containers/json") {
                    let body = r#"{"ApiVersion":"1.41","ID":"evil","ServerVersion":"20.10.24"}"#;
                    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                    let _ = socket.write_all(answer.as_bytes()).await;
                } else if floods {
                    flood(&mut socket).await;
                } else {
                    let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[").await;
                    std::future::pending::<()>().await;
                }
            }
        }
    }
}

/// A plain server of some manner; its port.
pub(crate) async fn plain(manner: Manner) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(behave(socket, manner));
        }
    });
    port
}

/// A certificate authority of our own, and what it has to say in PEM.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// A TLS server for a name whose certificate ends in a year; its port.
    pub(crate) async fn serve(&self, name: &str, end_year: i32, manner: Manner) -> u16 {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        params.not_after = rcgen::date_time_ymd(end_year, 3, 4);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    if let Ok(socket) = acceptor.accept(socket).await {
                        behave(socket, manner).await;
                    }
                });
            }
        });
        port
    }
}

/// A way to a socket over TCP, which can be cut and mended.
pub(crate) struct Proxy {
    pub(crate) address: EngineAddress,
    open: watch::Sender<bool>,
    /// Connections made so far.
    pub(crate) connections: Arc<AtomicUsize>,
}

impl Proxy {
    pub(crate) async fn to(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (open, watched) = watch::channel(true);
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(Self::pass(client, socket.clone(), watched.clone()));
            }
        });
        let address = EngineAddress::parse(&format!("http://127.0.0.1:{port}")).unwrap();
        Self {
            address,
            open,
            connections,
        }
    }

    async fn pass(mut client: TcpStream, socket: PathBuf, mut open: watch::Receiver<bool>) {
        if !*open.borrow_and_update() {
            return;
        }
        let Ok(mut engine) = UnixStream::connect(socket).await else {
            return;
        };
        tokio::select! {
            _ = open.changed() => {}
            _ = copy_bidirectional(&mut client, &mut engine) => {}
        }
    }

    /// Cuts all connections, and refuses new ones until mended.
    pub(crate) fn cut(&self) {
        self.open.send_replace(false);
    }

    /// Lets connections through again.
    pub(crate) fn mend(&self) {
        self.open.send_replace(true);
    }
}
