//! An HTTP server in small, for stand-ins of services elsewhere: one request a connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use serde_json::Value;

/// A request as it came.
pub struct Request {
    /// GET, POST …
    pub method: String,
    /// Without what follows a question mark.
    pub path: String,
    /// That.
    pub query: String,
    /// The header of this name.
    pub authorization: String,
    /// What was sent.
    pub body: Vec<u8>,
}

/// Status, content, and lines of the head.
pub type Answer = (u16, Vec<u8>, &'static str);

/// Answers every request; says where.
pub fn serve(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let answer = answer.clone();
            std::thread::spawn(move || drop(converse(&stream, &*answer)));
        }
    });
    address
}

/// 200 with this JSON.
pub fn ok(value: &Value) -> Answer {
    (200, value.to_string().into_bytes(), "Content-Type: application/json\r\n")
}

fn converse(mut stream: &TcpStream, answer: &dyn Fn(&Request) -> Answer) -> std::io::Result<()> {
    let request = read(stream)?;
    let (status, content, extra) = answer(&request);
    write!(stream, "HTTP/1.1 {status} -\r\nContent-Length: {}\r\n{extra}Connection: close\r\n\r\n", content.len())?;
    stream.write_all(&content)
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (mut length, mut authorization) = (0, String::new());
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? < 3 {
            break;
        }
        let (name, value) = header.split_once(':').unwrap_or_default();
        match name.to_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "authorization" => authorization = value.trim().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Ok(Request { method, path: path.to_owned(), query: query.to_owned(), authorization, body })
}
