//! A program in a real pseudo-terminal, and the screen that its bytes make.

use std::{
    io::{Read, Write},
    path::Path,
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Longest wait for something to appear.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    seen: Arc<Mutex<Vec<u8>>>,
    reading: JoinHandle<()>,
    size: PtySize,
}

impl Terminal {
    pub(crate) fn run(program: &Path, arguments: &[&str], home: &Path, rows: u16, cols: u16) -> Self {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("HOME", home);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut output = pair.master.try_clone_reader().unwrap();
        let keyboard = pair.master.take_writer().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let into = seen.clone();
        let reading = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                into.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        });
        Self { master: pair.master, keyboard, child, seen, reading, size }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    pub(crate) fn resize(&mut self, rows: u16, cols: u16) {
        self.size = PtySize { rows, cols, ..self.size };
        self.master.resize(self.size).unwrap();
    }

    /// Every byte the program wrote.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.seen.lock().unwrap().clone()
    }

    /// The screen as a person sees it.
    pub(crate) fn screen(&self) -> String {
        let rows = std::num::NonZero::new(self.size.rows).unwrap();
        let columns = std::num::NonZero::new(self.size.cols).unwrap();
        let mut parser = vt100::Parser::new(rows, columns, 0);
        parser.process(&self.bytes());
        parser.screen().contents()
    }

    pub(crate) async fn until(&self, text: &str) {
        let begun = Instant::now();
        while !self.screen().contains(text) {
            assert!(begun.elapsed() < PATIENCE, "in vain: {text}\n{}", self.screen());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the terminal shows no more what is typed: a password's question stands there a moment earlier.
    pub(crate) async fn until_hidden(&self) {
        const ECHO: u32 = 0o10;
        let begun = Instant::now();
        while self.master.get_termios().unwrap().local_flags.bits() & ECHO != 0 {
            assert!(begun.elapsed() < PATIENCE, "what is typed is shown\n{}", self.screen());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits for its end and its last byte; whether it ended well.
    pub(crate) async fn ended(&mut self) -> bool {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap()
                && self.reading.is_finished()
            {
                return status.success();
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end\n{}", self.screen());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        drop(self.child.kill());
    }
}
