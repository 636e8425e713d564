//! A network that loses what it is told to lose.

use std::io;
use std::net::Ipv4Addr;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::support::PATIENCE;

/// What happens to a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fate {
    /// It does not arrive, unless [`Caught::deliver`] brings it later. Its sender sees the connection break.
    Late,
    /// It arrives, and the connection breaks before the answer.
    Unheard,
    /// It is answered, and the connection breaks before the answer arrives.
    Unanswered,
    /// It waits for [`Caught::deliver`] on its way.
    Held,
}

/// A proxy before a server.
pub(crate) struct Proxy {
    port: u16,
    options: PgConnectOptions,
    shared: Arc<Shared>,
    carrier: JoinHandle<()>,
}

struct Shared {
    target: Mutex<(String, u16)>,
    traps: Mutex<Vec<Trap>>,
    cuts: watch::Sender<()>,
    refuses: AtomicBool,
}

struct Trap {
    text: Vec<u8>,
    fate: Fate,
    tell: oneshot::Sender<Caught>,
}

/// A request that met its fate.
pub(crate) struct Caught {
    way: Way,
}

/// Knows when a trap has sprung.
pub(crate) struct Sprung(oneshot::Receiver<Caught>);

impl Sprung {
    /// The request that met its fate.
    pub(crate) async fn caught(self) -> Caught {
        let caught = timeout(PATIENCE, self.0).await;
        let caught = caught.expect("such a request is sent");
        caught.expect("the proxy is there")
    }
}

enum Way {
    Late(TcpStream, Vec<u8>),
    Held(oneshot::Sender<()>),
    None,
}

impl Caught {
    /// Lets the request arrive now, if it has not; a late one is answered when this returns.
    pub(crate) async fn deliver(self) -> io::Result<()> {
        match self.way {
            Way::None => {}
            Way::Held(go) => drop(go.send(())),
            Way::Late(mut server, request) => {
                server.write_all(&request).await?;
                server.read_u8().await?;
            }
        }
        Ok(())
    }
}

impl Proxy {
    /// Stands before the server of this URL.
    pub(crate) async fn before(url: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port is free");
        let port = listener.local_addr().expect("it listens").port();
        let options = PgConnectOptions::from_str(url).expect("a URL");
        let shared = Arc::new(Shared {
            target: Mutex::new(address(&options)),
            traps: Mutex::default(),
            cuts: watch::Sender::new(()),
            refuses: AtomicBool::new(false),
        });
        let carried = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(carry(Arc::clone(&carried), client));
                while connections.try_join_next().is_some() {}
            }
        });
        Self {
            port,
            options,
            shared,
            carrier: task,
        }
    }

    /// How to connect through it.
    pub(crate) fn options(&self) -> PgConnectOptions {
        self.options.clone().host("127.0.0.1").port(self.port)
    }

    /// The next request that holds this text meets this fate.
    ///
    /// Texts among a statement's values are found whether it is prepared already or not.
    pub(crate) fn trap(&self, text: impl AsRef<[u8]>, fate: Fate) -> Sprung {
        let text = text.as_ref().to_vec();
        let (tell, told) = oneshot::channel();
        lock(&self.shared.traps).push(Trap { text, fate, tell });
        Sprung(told)
    }

    /// Breaks all connections.
    pub(crate) fn cut(&self) {
        self.shared.cuts.send_replace(());
    }

    /// Keeps the connections that are there, and breaks each new one at once.
    pub(crate) fn refuse_new(&self) {
        self.shared.refuses.store(true, Ordering::SeqCst);
    }

    /// Stands before another server from now on.
    pub(crate) fn redirect(&self, url: &str) {
        let options = PgConnectOptions::from_str(url).expect("a URL");
        *lock(&self.shared.target) = address(&options);
        self.cut();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.carrier.abort();
    }
}

impl Shared {
    fn sprung(&self, request: &[u8]) -> Option<Trap> {
        let mut traps = lock(&self.traps);
        let holds = |trap: &Trap| {
            let mut windows = request.windows(trap.text.len());
            windows.any(|window| window == trap.text)
        };
        let sprung = traps.iter().position(holds)?;
        Some(traps.remove(sprung))
    }
}

/// Carries what two ends say to each other, until one of them falls silent or a trap springs.
async fn carry(shared: Arc<Shared>, mut client: TcpStream) -> io::Result<()> {
    if shared.refuses.load(Ordering::SeqCst) {
        return Ok(());
    }
    let mut cuts = shared.cuts.subscribe();
    let target = lock(&shared.target).clone();
    let mut server = TcpStream::connect(target).await?;
    let (mut up, mut down) = (vec![0; 1 << 18], vec![0; 1 << 18]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let request = &up[..read?];
                if request.is_empty() {
                    return Ok(());
                }
                let Some(trap) = shared.sprung(request) else {
                    server.write_all(request).await?;
                    continue;
                };
                let tell = |way| drop(trap.tell.send(Caught { way }));
                match trap.fate {
                    Fate::Late => {
                        tell(Way::Late(server, request.to_vec()));
                        return Ok(());
                    }
                    Fate::Unheard => {
                        server.write_all(request).await?;
                        tell(Way::None);
                        return Ok(());
                    }
                    Fate::Unanswered => {
                        server.write_all(request).await?;
                        server.read_u8().await?;
                        tell(Way::None);
                        return Ok(());
                    }
                    Fate::Held => {
                        let (go, gone) = oneshot::channel();
                        tell(Way::Held(go));
                        // Whoever drops it lets it go, too.
                        let _ = gone.await;
                        server.write_all(request).await?;
                    }
                }
            }
            read = server.read(&mut down) => {
                let answer = &down[..read?];
                if answer.is_empty() {
                    return Ok(());
                }
                client.write_all(answer).await?;
            }
            _ = cuts.changed() => return Ok(()),
        }
    }
}

fn address(options: &PgConnectOptions) -> (String, u16) {
    (options.get_host().to_owned(), options.get_port())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
