//! The PROXY protocol of HAProxy, versions 1 and 2 (proxy-protocol.txt): a balancer says whose connection it passes on. It is read
//! from trusted balancers only, and from those it must come: anybody else could call himself any address.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tokio::io::{AsyncRead, AsyncReadExt};

/// What version 2 begins with. No client of a mail protocol begins so.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// Longest line of version 1, its end included (section 2.1).
const MAX_LINE: usize = 107;
/// Room for addresses and the additions nobody needs here; real ones have some hundred bytes.
const MAX_BLOCK: usize = 4_096;

/// Addresses that belong together: `10.0.0.0/8`, `192.0.2.7`, `fd00::/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether `address` is within.
    pub fn contains(&self, address: IpAddr) -> bool {
        let widen = |address: IpAddr| match address.to_canonical() {
            IpAddr::V4(v4) => (4, u128::from(v4.to_bits()) << 96),
            IpAddr::V6(v6) => (6, v6.to_bits()),
        };
        let ((kind, own), (other_kind, other)) = (widen(self.address), widen(address));
        let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
        kind == other_kind && own & mask == other & mask
    }
}

impl std::str::FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Network, String> {
        let wrong = || format!("{text:?} is no network: write an address, or one like 10.0.0.0/8");
        let (address, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits > most { Err(wrong()) } else { Ok(Network { address: address.to_canonical(), bits }) }
    }
}

/// Reads the header that a balancer sends before anything else. None: the balancer speaks for itself (a health check).
pub async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Option<IpAddr>> {
    // The shortest header, `PROXY UNKNOWN` with its CRLF, is longer than this.
    let mut start = [0; SIGNATURE.len()];
    stream.read_exact(&mut start).await?;
    if start != SIGNATURE {
        let mut line = start.to_vec();
        while !line.ends_with(b"\r\n") {
            if line.len() >= MAX_LINE || !line.starts_with(b"PROXY ") {
                return Err(broken());
            }
            // What follows the header belongs to others: byte by byte, never beyond the line.
            line.push(stream.read_u8().await?);
        }
        return line_1(&line).ok_or_else(broken);
    }
    let (version, family) = (stream.read_u8().await?, stream.read_u8().await?);
    let length = usize::from(stream.read_u16().await?);
    if length > MAX_BLOCK {
        return Err(broken());
    }
    let mut block = vec![0; length];
    stream.read_exact(&mut block).await?;
    block_2(version, family, &block).ok_or_else(broken)
}

/// `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443`
fn line_1(line: &[u8]) -> Option<Option<IpAddr>> {
    let text = str::from_utf8(line).ok()?.strip_suffix("\r\n")?;
    let words: Vec<&str> = text.split(' ').collect();
    match words[..] {
        ["PROXY", "UNKNOWN", ..] => Some(None),
        ["PROXY", "TCP4", source, target, from, to] => {
            let source: Ipv4Addr = source.parse().ok()?;
            (target.parse::<Ipv4Addr>().is_ok() && ports(from, to)).then_some(Some(source.into()))
        }
        ["PROXY", "TCP6", source, target, from, to] => {
            let source: Ipv6Addr = source.parse().ok()?;
            (target.parse::<Ipv6Addr>().is_ok() && ports(from, to)).then_some(Some(IpAddr::from(source).to_canonical()))
        }
        _ => None,
    }
}

fn ports(from: &str, to: &str) -> bool {
    from.parse::<u16>().is_ok() && to.parse::<u16>().is_ok()
}

fn block_2(version: u8, family: u8, block: &[u8]) -> Option<Option<IpAddr>> {
    match (version, family) {
        // LOCAL: whatever else is in it means nothing.
        (0x20, _) => Some(None),
        (0x21, 0x11) => Some(Some(Ipv4Addr::from(*block.first_chunk::<4>().filter(|_| block.len() >= 12)?).into())),
        (0x21, 0x21) => {
            let source = Ipv6Addr::from(*block.first_chunk::<16>().filter(|_| block.len() >= 36)?);
            Some(Some(IpAddr::from(source).to_canonical()))
        }
        // UNSPEC and kinds of socket that we do not listen on.
        (0x21, _) => Some(None),
        _ => None,
    }
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a trusted balancer sent no valid PROXY header")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    async fn first(bytes: &[u8]) -> Option<Option<IpAddr>> {
        let mut rest = [bytes, b"EHLO x"].concat();
        let mut input = &rest[..];
        let read = read(&mut input).await.ok()?;
        let left = input.to_vec();
        rest.drain(..rest.len() - left.len());
        assert_eq!(rest, b"EHLO x", "nothing after the header is taken");
        Some(read)
    }

    #[tokio::test]
    async fn both_versions_are_read() {
        let ip = |text: &str| Some(Some(text.parse().unwrap()));
        let v2 = |head: [u8; 2], block: &[u8]| [&SIGNATURE[..], &head, &(block.len() as u16).to_be_bytes(), block].concat();
        let v6 = [[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5], [0; 16]].concat();
        for (bytes, want) in [
            (b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 25\r\n".to_vec(), ip("192.0.2.1")),
            (b"PROXY TCP6 2001:db8::5 2001:db8::1 56324 25\r\n".to_vec(), ip("2001:db8::5")),
            (b"PROXY UNKNOWN\r\n".to_vec(), Some(None)),
            (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n".to_vec(), Some(None)),
            (v2([0x21, 0x11], &[192, 0, 2, 1, 192, 0, 2, 2, 0, 1, 0, 25]), ip("192.0.2.1")),
            (v2([0x21, 0x21], &[&v6[..], &[0, 1, 0, 25], &[3, 0, 1, 0]].concat()), ip("2001:db8::5")),
            (v2([0x20, 0], &[]), Some(None)),
            (b"PROXY TCP4 192.0.2.256 192.0.2.2 56324 25\r\n".to_vec(), None),
            (b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 70000\r\n".to_vec(), None),
            (b"PROXY TCP4 2001:db8::5 192.0.2.2 1 2\r\n".to_vec(), None),
            (b"EHLO balancer.example\r\n".to_vec(), None),
            (v2([0x21, 0x11], &[192, 0, 2, 1]), None),
            (v2([0x31, 0x11], &[192, 0, 2, 1, 192, 0, 2, 2, 0, 1, 0, 25]), None),
        ] {
            assert_eq!(first(&bytes).await, want, "{:?}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn networks_hold_what_is_in_them() {
        for (network, address, want) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "::1", false),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe80::1", false),
        ] {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), want, "{network:?} {address}");
        }
        for wrong in ["", "10.0.0.0/33", "host", "10.0.0/8", "::/129", "10.0.0.0/-1"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_upset_it(bytes in prop::collection::vec(any::<u8>(), 0..200), v2 in any::<bool>()) {
            let bytes = if v2 { [&SIGNATURE[..], &bytes].concat() } else { [b"PROXY ", &bytes[..]].concat() };
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let _ = runtime.block_on(read(&mut &bytes[..]));
        }
    }
}
