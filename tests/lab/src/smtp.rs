//! A client that speaks SMTP.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// A connection to a server. Dropping it closes it.
pub struct Client {
    server: BufReader<TcpStream>,
}

impl Client {
    /// Connects, in the network of the calling thread. Each answer may take `patience`.
    ///
    /// # Errors
    /// When nobody accepts within that time.
    pub fn connect(server: SocketAddr, patience: Duration) -> Result<Client> {
        let stream = TcpStream::connect_timeout(&server, patience).with_context(|| server.to_string())?;
        let client = Client { server: BufReader::new(stream) };
        client.allow(patience)?;
        Ok(client)
    }

    /// Connects and waits for a greeting of 220.
    ///
    /// # Errors
    /// When nobody accepts, or the greeting is another one.
    pub fn open(server: SocketAddr, patience: Duration) -> Result<Client> {
        let mut client = Client::connect(server, patience)?;
        client.expect("220").context("the greeting")?;
        Ok(client)
    }

    /// From now on each answer may take `patience`, 1 ms at the least.
    ///
    /// # Errors
    /// When the socket does not take it.
    pub fn allow(&self, patience: Duration) -> Result<()> {
        let patience = Some(patience.max(Duration::from_millis(1)));
        self.server.get_ref().set_read_timeout(patience)?;
        Ok(self.server.get_ref().set_write_timeout(patience)?)
    }

    /// The next line of the server, without its end.
    ///
    /// # Errors
    /// When it closes, or says nothing in time.
    pub fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(self.server.read_line(&mut line)? > 0, "closed");
        Ok(line.trim_end().to_owned())
    }

    /// Waits for an answer of one or more lines.
    ///
    /// # Errors
    /// When it has another code.
    pub fn expect(&mut self, code: &str) -> Result<()> {
        loop {
            let line = self.line()?;
            ensure!(line.starts_with(code), "answered {line:?}, expected {code}");
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(());
            }
        }
    }

    /// Sends a line.
    ///
    /// # Errors
    /// When the connection is closed.
    pub fn say(&mut self, line: &str) -> Result<()> {
        Ok(self.server.get_mut().write_all(format!("{line}\r\n").as_bytes())?)
    }

    /// Sends a line and waits for the answer.
    ///
    /// # Errors
    /// When it has another code.
    pub fn ask(&mut self, line: &str, code: &str) -> Result<()> {
        self.say(line)?;
        self.expect(code).with_context(|| line.lines().next().unwrap_or_default().to_owned())
    }
}
