//! One HTTP/1.1 connection that is kept, with one request under way.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

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

pub(super) fn get(path: &str, token: &str) -> String {
    let authorization =
        if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
    format!("GET {path} HTTP/1.1\r\nhost: x\r\n{authorization}\r\n")
}

/// Status, where the body begins and how long it is; `None` while the head is not whole.
fn head(read: &[u8]) -> Option<(u16, usize, usize)> {
    let end = read.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = str::from_utf8(&read[..end]).ok()?;
    let status = head.get(9..12)?.parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    Some((status, end + 4, length.map_or(Some(0), |length| length.parse().ok())?))
}
