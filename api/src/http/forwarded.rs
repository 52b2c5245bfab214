//! Who is behind a reverse proxy. Only what a proxy of ours says is believed: anybody else could call himself any address.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use ingest::channel::proxy::Network;

use crate::config::Config;

/// The proxies that are believed.
#[derive(Clone)]
pub struct Proxies(Arc<[Network]>);

impl Proxies {
    /// Those of the configuration, which was checked.
    pub fn of(config: &Config) -> Proxies {
        Proxies(config.http.networks().unwrap_or_default().into())
    }

    fn has(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The client: what the proxy next to us names last, and so on through proxies of ours.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let named = headers.get_all("x-forwarded-for").into_iter().filter_map(|value| value.to_str().ok());
        let mut named: Vec<&str> = named.flat_map(|value| value.split(',')).collect();
        let mut client = peer;
        while self.has(client) {
            let Some(next) = named.pop().and_then(|text| text.trim().parse().ok()) else { break };
            client = next;
        }
        client
    }
}

/// Puts the client in the place of the connection's other end.
pub async fn unwrap(State(proxies): State<Proxies>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        let client = proxies.client(peer.ip(), request.headers());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, peer.port())));
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_proxies_of_ours_are_believed() {
        let proxies = Proxies(["127.0.0.1", "10.1.0.0/16"].map(|text| text.parse::<Network>().unwrap()).into());
        for (peer, said, want) in [
            ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
            ("127.0.0.1", "6.6.6.6, 203.0.113.7", "203.0.113.7"),
            ("127.0.0.1", "203.0.113.7, 10.1.2.3", "203.0.113.7"),
            ("198.51.100.1", "203.0.113.7", "198.51.100.1"),
            ("127.0.0.1", "nonsense", "127.0.0.1"),
            ("127.0.0.1", "", "127.0.0.1"),
        ] {
            let headers = HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), said.parse().unwrap())]);
            assert_eq!(proxies.client(peer.parse().unwrap(), &headers), want.parse::<IpAddr>().unwrap(), "{peer} {said}");
        }
    }
}
