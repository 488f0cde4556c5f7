//! How fast `secretfetch-fake` starts, and how many requests it answers on one core.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::outcome::{Result, say};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The program.
    #[arg(long, value_name = "PATH")]
    binary: PathBuf,

    /// How often it is started.
    #[arg(long, default_value_t = 50)]
    starts: usize,

    /// How many requests of each kind are sent.
    #[arg(long, default_value_t = 10_000)]
    requests: u32,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut times: Vec<Duration> =
        (0..arguments.starts.max(1)).map(|_| Fake::start(arguments).map(|fake| fake.took)).collect::<Result<_>>()?;
    times.sort_unstable();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    say(format_args!(
        "start to the URL on stdout: median {:.1} ms, slowest {:.1} ms of {}",
        milliseconds(times[times.len() / 2]),
        milliseconds(times[times.len() - 1]),
        times.len()
    ));

    let fake = Fake::start(arguments)?;
    let mut client = Client::connect(&fake.address)?;
    let ids: Vec<String> = (0..20).map(|n| format!("s{n:02}")).collect();
    for id in &ids {
        client.call("CreateSecret", &json!({"Name": id, "SecretString": "value", "ClientRequestToken": token(0)}))?;
    }
    for (operation, input) in [
        ("GetSecretValue", json!({"SecretId": "s00"})),
        ("DescribeSecret", json!({"SecretId": "s00"})),
        ("BatchGetSecretValue", json!({"SecretIdList": ids})),
    ] {
        let started = Instant::now();
        for _ in 0..arguments.requests {
            client.call(operation, &input)?;
        }
        let each = f64::from(arguments.requests) / started.elapsed().as_secs_f64();
        say(format_args!("{operation}, one after the other on one connection: {each:.0} a second"));
    }
    Ok(())
}

fn token(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// The program, on one core where the system can hold it there.
struct Fake {
    child: Child,
    address: String,
    took: Duration,
}

impl Fake {
    fn start(arguments: &Arguments) -> Result<Self> {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", "0"]).arg(&arguments.binary).args(["--port", "0"]);
        let started = Instant::now();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let took = started.elapsed();
        let address = line.trim().strip_prefix("http://").map(str::to_owned);
        let mut fake = Fake { child, address: String::new(), took };
        fake.address = address.ok_or("the fake has not told its URL")?;
        Ok(fake)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client of a few lines, so that it is not what is measured.
struct Client(BufReader<TcpStream>);

impl Client {
    fn connect(address: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Client(BufReader::new(stream)))
    }

    fn call(&mut self, operation: &str, input: &Value) -> Result<()> {
        let body = input.to_string();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: fake\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\
             x-amz-target: secretsmanager.{operation}\r\nauthorization: AWS4-HMAC-SHA256 \
             Credential=AKIDEXAMPLE/20260102/us-east-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=0\r\n\
             \r\n{body}",
            body.len()
        );
        self.0.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        if !line.contains(" 200 ") {
            return Err(format!("{operation}: {}", line.trim()).into());
        }
        let mut length = 0;
        loop {
            line.clear();
            self.0.read_line(&mut line)?;
            match line.trim().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse()?,
                Some(_) => {}
                None => break,
            }
        }
        let mut answer = vec![0; length];
        self.0.read_exact(&mut answer)?;
        Ok(())
    }
}
