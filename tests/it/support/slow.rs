//! A slow road to a server: every piece of bytes arrives late, so that a caller can give up at any moment of a talk.

use std::time::Duration;

use lotlined::tasks::Tasks;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};
use url::Url;

/// The same server by a road on which each piece takes `late`; it stays open until the test ends.
pub(crate) async fn road(url: &str, late: Duration) -> String {
    let mut url = Url::parse(url).unwrap();
    let server = (url.host_str().unwrap().to_owned(), url.port().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
    let tasks = Tasks::new();
    let own = tasks.clone();
    tasks.spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect((server.0.as_str(), server.1)).await.unwrap();
            let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
            own.spawn(carry(near_in, far_out, late));
            own.spawn(carry(far_in, near_out, late));
        }
    });
    url.into()
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, late: Duration) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        tokio::time::sleep(late).await;
        if to.write_all(&piece[..length]).await.is_err() {
            break;
        }
    }
}
