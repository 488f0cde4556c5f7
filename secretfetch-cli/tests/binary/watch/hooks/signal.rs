//! A process that is sent a signal.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use super::*;

/// A process that writes a line for each SIGHUP, under this name.
struct Server(Child);

impl Server {
    fn start(scene: &Scene, name: &str) -> Self {
        // A worker of the same name, as nginx has them: it would end with the signal, and say so.
        let text = "trap 'echo hup >> signals' HUP; (trap - HUP; exec -a \"$0\" sleep 300) & child=$!; echo > ready; \
            while kill -0 $child 2>/dev/null; do wait $child; done; echo worker-ended >> signals";
        let mut command = Command::new("bash");
        command.arg0(name).args(["-c", text, name]).current_dir(scene.path("")).process_group(0);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_for("the server", || scene.path("ready").exists());
        Server(child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.0.wait();
    }
}

#[test]
fn of_a_server_and_its_worker_the_server_is_signalled() {
    let name = format!("server-{}", fastrand::u32(..));
    let scene = scene(&[&format!("signal: {{name: HUP, process: {name}}}")]);
    let _server = Server::start(&scene, &name);
    let running = start(&scene);
    rotate(&scene, "second", "first");
    wait_for_log(&scene, "signals", "hup");
    let output = running.end("TERM");
    output.assert_done();
    output.assert_tells(&["sent HUP to 1 process"]);
    assert_eq!(scene.read("signals"), "hup\n");
}

#[test]
fn a_process_is_found_by_its_file_once_that_is_there() {
    let scene = scene(&["signal: {name: SIGHUP, pidFile: server.pid}"]);
    let server = Server::start(&scene, "server");
    let running = start(&scene);
    rotate(&scene, "second", "first");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    scene.write("server.pid", format!("{}\n", server.0.id()));
    rotate(&scene, "third", "first");
    wait_for_log(&scene, "signals", "hup");
    let output = running.end("TERM");
    output.assert_done();
    output.assert_tells(&["cannot read", "server.pid"]);
}

#[test]
fn a_file_of_ids_that_are_none_signals_nobody() {
    for content in ["-1", "0", "1x"] {
        let scene = scene(&["signal: {name: TERM, pidFile: server.pid}"]).with_file("server.pid", content);
        let running = start(&scene);
        rotate(&scene, "second", "first");
        std::thread::sleep(std::time::Duration::from_millis(1800));
        let output = running.end("TERM");
        output.assert_done();
        output.assert_tells(&["has no process id on its first line"]);
    }
}

#[test]
fn nobody_of_that_name_and_ourselves_are_told_apart_from_a_process() {
    let scene = scene(&["signal: {name: TERM, process: secretfetch-none}", "signal: {name: TERM, pidFile: own.pid}"]);
    let running = start(&scene);
    scene.write("own.pid", running.id().to_string());
    rotate(&scene, "second", "first");
    std::thread::sleep(std::time::Duration::from_millis(2500));
    rotate(&scene, "third", "first");
    wait_for_text(&scene, "out/a", "third");
    let output = running.end("TERM");
    output.assert_done();
    output.assert_tells(&["no process is called `secretfetch-none`", "this process's own"]);
}
