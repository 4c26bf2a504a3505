//! One HTTP/1.1 connection that is kept, with one request under way.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use lotline_common::Page;
use serde_json::Value;

use crate::Result;

pub(crate) struct Connection {
    socket: TcpStream,
    read: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn ok(&self) -> bool {
        self.status == 200
    }

    pub(crate) fn check(&self, wanted: impl Fn(&Self) -> bool) -> Result<()> {
        if wanted(self) {
            return Ok(());
        }
        Err(format!("an answer was {} {}", self.status, String::from_utf8_lossy(&self.body)).into())
    }

    /// Items of a page.
    pub(crate) fn items(&self) -> Result<Vec<Value>> {
        Ok(serde_json::from_slice::<Page<Value>>(&self.body)?.items)
    }
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        Ok(Self { socket, read: Vec::with_capacity(4096) })
    }

    pub(crate) async fn get(&mut self, path: &str, token: &str) -> Result<Answer> {
        self.ask(get(path, token).as_bytes()).await
    }

    /// Sends a whole request and reads the whole answer, whose length its head must say.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        self.socket.write_all(request).await?;
        self.read.clear();
        let (status, begin, length) = loop {
            self.more().await?;
            if let Some(head) = head(&self.read) {
                break head;
            }
        };
        while self.read.len() < begin + length {
            self.more().await?;
        }
        Ok(Answer { status, body: self.read.split_off(begin) })
    }

    async fn more(&mut self) -> Result<()> {
        match self.socket.read_buf(&mut self.read).await? {
            0 => Err(io::Error::other("the daemon closed the connection").into()),
            _ => Ok(()),
        }
    }

    /// Gives the socket up to whoever reads an answer that does not end.
    pub(super) async fn into_stream(mut self, request: &[u8]) -> Result<TcpStream> {
        self.socket.write_all(request).await?;
        Ok(self.socket)
    }
}

pub(crate) fn get(path: &str, token: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\n{}\r\n", authorization(token))
}

/// A request with a JSON body that changes something, whatever its version is now.
pub(crate) fn send(method: &str, path: &str, token: &str, body: &Value) -> String {
    let (body, authorization) = (body.to_string(), authorization(token));
    format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\n{authorization}if-match: *\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn authorization(token: &str) -> String {
    if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") }
}

/// Status, where the body begins and how long it is; `None` while the head is not whole.
fn head(read: &[u8]) -> Option<(u16, usize, usize)> {
    let end = read.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = str::from_utf8(&read[..end]).ok()?;
    let status = head.get(9..12)?.parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    Some((status, end + 4, length.map_or(Some(0), |length| length.parse().ok())?))
}
