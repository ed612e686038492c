//! `selaras serve`: the real binary on a real socket, with real scripts and workers behind it, and
//! whatever a stranger can send. Here is what the tests below share.

mod access;
mod client;
mod dapodik;
mod dialect;
mod guests;
mod lasting;
mod limits;
mod origins;
mod ours;
mod rough;
mod runs;
mod shapes;
mod wire;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Child;

use crate::harness::wait;
use crate::script::shell::{begin, done};
use crate::script::{Place, eventually};
use wire::{Answer, Call};

/// What tokens are signed with here, marked so that it is found wherever it leaks to.
const SECRET: &str = "rahasia-serve-contoh-rahasia-serve-contoh-9Q";
/// The key of programs here, marked like the secret.
const KEY: &str = "kunci-serve-contoh-7Z";

/// A script that takes its lock, waits for the file `go`, and gives the lock back.
const WAITING: &str = "echo $$ > sync.lock; trap 'rm -f sync.lock; echo trap ran' EXIT; trap 'exit 143' TERM\n\
     echo $$ > pid; echo begins; while [ ! -e go -a -e sync.sh ]; do sleep 0.02; done; echo ends";

/// A place whose script is these lines, with the secrets of a server.
fn place(script: &str) -> Place {
    let mut place = Place::with(script);
    place.set("SERVE_JWT_SECRET", SECRET);
    place.set("SERVE_API_KEY", KEY);
    listen(&place, "127.0.0.1:0");
    place
}

fn listen(place: &Place, address: &str) {
    place.configure(&format!("\n[serve]\nlisten = \"{address}\""));
}

/// A server that is at work.
struct Server {
    child: Child,
    address: SocketAddr,
    said: Arc<Mutex<String>>,
}

impl Server {
    async fn start(place: &Place) -> Self {
        let mut child = begin(place, "serve");
        let said = Arc::<Mutex<String>>::default();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let heard = Arc::clone(&said);
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                heard.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let address = eventually("address", || {
            let said = said.lock().unwrap();
            let rest = said.split_once("http://")?.1;
            rest.split(';').next()?.parse().ok()
        });
        Self {
            address: address.await,
            child,
            said,
        }
    }

    /// What it said on stderr.
    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Asks with the key.
    async fn ask(&self, what: &str) -> Answer {
        self.call(what).header("x-api-key", KEY).answer().await
    }

    fn call(&self, what: &str) -> Call {
        Call::new(self.address, what)
    }

    fn signal(&self, signal: Signal) {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok());
        kill_process(pid.and_then(Pid::from_raw).unwrap(), signal).unwrap();
    }

    /// Ends it in order, and says its exit code.
    async fn end(mut self) -> Option<i32> {
        self.signal(Signal::TERM);
        wait::exit_of(&mut self.child).await.code()
    }

    /// Waits until nothing runs.
    async fn idle(&self) {
        let mut pulse = tokio::time::interval(std::time::Duration::from_millis(20));
        let asking = async {
            loop {
                pulse.tick().await;
                if self.ask("GET /sync/status").await.json()["status"] == "idle" {
                    return;
                }
            }
        };
        wait::within("an idle service", asking).await;
    }
}

/// A token for `name`.
async fn token(place: &Place, name: &str) -> String {
    let minted = done(place, &format!("serve token --for {name}")).await;
    assert_eq!(minted.exit, 0, "{minted:?}");
    minted.out.trim().to_owned()
}
