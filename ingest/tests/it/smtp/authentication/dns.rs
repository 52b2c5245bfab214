//! A name server with a zone of TXT records. Names under `slow.example` are never answered; all others do not exist.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A running name server; it ends with the test.
pub struct Zone {
    pub address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Zone {
    pub fn start(records: &[(&str, &str)]) -> Zone {
        let records: BTreeMap<String, String> =
            records.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let (address, asked) = (socket.local_addr().expect("its address"), Arc::new(AtomicUsize::new(0)));
        let count = asked.clone();
        std::thread::spawn(move || {
            let mut question = [0; 1500];
            while let Ok((len, client)) = socket.recv_from(&mut question) {
                count.fetch_add(1, Ordering::Relaxed);
                if let Some(answer) = answer(&question[..len], &records) {
                    let _ = socket.send_to(&answer, client);
                }
            }
        });
        Zone { address, asked }
    }

    /// How many questions were asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

/// RFC 1035 section 4: the question again, and a TXT record where there is one.
fn answer(question: &[u8], records: &BTreeMap<String, String>) -> Option<Vec<u8>> {
    let (mut name, mut at) = (Vec::new(), 12);
    while question[at] != 0 {
        let end = at + 1 + usize::from(question[at]);
        name.push(String::from_utf8_lossy(&question[at + 1..end]).to_lowercase());
        at = end;
    }
    let (name, kind, end) = (name.join("."), u16::from_be_bytes([question[at + 1], question[at + 2]]), at + 5);
    if name.ends_with("slow.example") {
        return None;
    }
    let text = records.get(&name).filter(|_| kind == 16);
    let code = if records.contains_key(&name) { 0 } else { 3 };
    let mut out = [&question[..2], &[0x85, 0x80 | code, 0, 1, 0, u8::from(text.is_some()), 0, 0, 0, 0]].concat();
    out.extend_from_slice(&question[12..end]);
    if let Some(text) = text {
        let strings: Vec<u8> = text.as_bytes().chunks(255).flat_map(|part| [&[part.len() as u8], part].concat()).collect();
        out.extend_from_slice(&[0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60]);
        out.extend_from_slice(&(strings.len() as u16).to_be_bytes());
        out.extend_from_slice(&strings);
    }
    Some(out)
}

pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
            out.push(char::from(if place > group.len() { b'=' } else { letter }));
        }
    }
    out
}
