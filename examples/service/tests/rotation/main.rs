//! The service under steady load, while the password of its database rotates as AWS's rotation functions do it.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]
#![allow(clippy::print_stderr, reason = "the figures are for a person to read")]

mod load;
mod postgres;

use std::time::{Duration, Instant};

use example_service::database::{self, Database};
use example_service::routes::routes;
use secretfetch::{Fetcher, SecretValue};
use secretfetch_testkit::FakeSecretStore;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, MutexGuard};
use tokio_postgres::Client;

use load::Load;
use postgres::Postgres;

const SECRET_ID: &str = "prod/db";
const ROTATIONS: usize = 10;
const CLIENTS: usize = 4;
const USERS: [&str; 2] = ["app", "app_clone"];

/// One scene at a time: two cores have enough to do with it.
static STAGE: Mutex<()> = Mutex::const_new(());

/// The service, its database and its secret.
struct Scene {
    store: FakeSecretStore,
    superuser: Client,
    database: Database,
    load: Load,
    /// After what needs it to the end.
    postgres: Postgres,
    _stage: MutexGuard<'static, ()>,
}

impl Scene {
    async fn start(interval: Duration) -> Self {
        let stage = STAGE.lock().await;
        let postgres = Postgres::start();
        let superuser = postgres.superuser().await;
        let tables = "create table visits (count bigint not null); insert into visits values (0);
            create role app login; create role app_clone login; grant select, update on visits to app, app_clone";
        superuser.batch_execute(tables).await.unwrap();
        let first = "it's the first";
        set_password(&superuser, USERS[0], first).await;

        let store = FakeSecretStore::new();
        store.create_json(SECRET_ID, secret(&postgres, USERS[0], first));
        let database = database::open(&Fetcher::new(store.clone()), SECRET_ID, interval).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let load = Load::start(listener.local_addr().unwrap(), CLIENTS);
        let service = routes(database.clone());
        tokio::spawn(async move { axum::serve(listener, service).await });
        Scene { store, superuser, database, load, postgres, _stage: stage }
    }

    /// The four steps of a rotation, with `meanwhile` between those after which the database and the secret have changed,
    /// and with a moment of the service's ordinary life before them. Tells when the database has changed.
    async fn rotate(&self, user: &str, password: &str, meanwhile: impl AsyncFnOnce()) -> String {
        tokio::time::sleep(Duration::from_millis(300)).await;
        // createSecret
        let value = SecretValue::from_text(secret(&self.postgres, user, password).to_string());
        let version = self.store.put_staged(SECRET_ID, value, &["AWSPENDING"]);
        // setSecret
        set_password(&self.superuser, user, password).await;
        let changed = self.now().await;
        meanwhile().await;
        // testSecret
        self.postgres.log_in(user, password).await.unwrap();
        // finishSecret
        self.store.move_stage(SECRET_ID, "AWSCURRENT", &version.version_id);
        self.store.remove_stage(SECRET_ID, "AWSPENDING");
        changed
    }

    /// What the database says now.
    async fn now(&self) -> String {
        self.superuser.query_one("select clock_timestamp()::text", &[]).await.unwrap().get(0)
    }

    /// Waits until every connection of the service is this user's, and was made after that time.
    async fn wait_for_logins(&self, user: &str, since: &str) {
        let query = "select count(*), count(*) filter (where usename <> $1::text
            or backend_start < $2::text::timestamptz) from pg_stat_activity where application_name = 'example-service'";
        let started = Instant::now();
        loop {
            let row = self.superuser.query_one(query, &[&user, &since]).await.unwrap();
            let (all, old): (i64, i64) = (row.get(0), row.get(1));
            if all > 0 && old == 0 {
                return;
            }
            assert!(started.elapsed() < Duration::from_secs(30), "{old} of {all} connections are as they were");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends the load: not one request of it has failed, and each was counted once.
    async fn end(self, what: &str) -> (usize, usize) {
        let outcome = self.load.end().await;
        let (logins, refused) = self.postgres.logins(&USERS);
        eprintln!(
            "{what}: {} requests, {} failed, the slowest took {} ms; {logins} logins, {refused} refused",
            outcome.requests,
            outcome.failures.len(),
            outcome.slowest.as_millis()
        );
        assert_eq!(outcome.failures, [""; 0], "of {} requests", outcome.requests);
        assert!(outcome.requests > 50, "{} requests are no load", outcome.requests);
        let counted: i64 = self.superuser.query_one("select count from visits", &[]).await.unwrap().get(0);
        assert_eq!(counted as usize, outcome.requests);
        (logins, refused)
    }
}

fn secret(postgres: &Postgres, user: &str, password: &str) -> serde_json::Value {
    serde_json::json!({"engine": "postgres", "host": postgres.host(), "username": user, "password": password})
}

async fn set_password(superuser: &Client, user: &str, password: &str) {
    let password = password.replace('\'', "''");
    superuser.batch_execute(&format!("alter role {user} password '{password}'")).await.unwrap();
}

/// The users take turns: the other one gets a new password, and the one in use keeps its own until the next time. Nothing
/// is refused, so that it is the rounds of the watch that bring the new credentials.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn ten_rotations_of_users_in_turn_fail_no_request() {
    let scene = Scene::start(Duration::from_secs(1)).await;
    for rotation in 1..=ROTATIONS {
        let user = USERS[rotation % 2];
        let since = scene.rotate(user, &format!("\\ it's no. {rotation} $&"), async || {}).await;
        scene.wait_for_logins(user, &since).await;
    }
    let (logins, refused) = scene.end("ten rotations of users in turn").await;
    assert!(logins > ROTATIONS, "{logins} logins");
    assert_eq!(refused, 0);
}

/// One user has a password that the secret does not have yet. Who logs in then is refused, and must not fail for it; and
/// as no round of the watch is due, it is the refused logins that bring the new credentials.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn ten_rotations_of_one_user_fail_no_request() {
    let scene = Scene::start(Duration::from_secs(3600)).await;
    for rotation in 1..=ROTATIONS {
        let gap = async || {
            let (_, refused) = scene.postgres.logins(&USERS);
            let started = Instant::now();
            // Connections end for many reasons. Those that are idle do so here, and the next requests log in.
            while scene.postgres.logins(&USERS).1 == refused || started.elapsed() < Duration::from_millis(300) {
                assert!(started.elapsed() < Duration::from_secs(30), "no login was refused");
                scene.database.retain(|_, _| false);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let since = scene.rotate(USERS[0], &format!("\\ it's no. {rotation} $&"), gap).await;
        scene.wait_for_logins(USERS[0], &since).await;
    }
    let (logins, refused) = scene.end("ten rotations of one user").await;
    assert!(refused >= ROTATIONS && logins > refused, "{logins} logins, {refused} refused");
}

/// Someone has stored a password that the database does not know. The connections that are open do not end for it, for
/// longer than a login waits for a better one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_secret_that_the_database_refuses_fails_no_request() {
    let scene = Scene::start(Duration::from_secs(1)).await;
    // One for each client.
    let mut connections = Vec::new();
    for _ in 0..CLIENTS {
        connections.push(scene.database.get().await.unwrap());
    }
    drop(connections);
    scene.store.put_json(SECRET_ID, secret(&scene.postgres, USERS[0], "mistyped"));
    tokio::time::sleep(Duration::from_secs(9)).await;
    let password = "the right one";
    set_password(&scene.superuser, USERS[0], password).await;
    let since = scene.now().await;
    scene.store.put_json(SECRET_ID, secret(&scene.postgres, USERS[0], password));
    scene.wait_for_logins(USERS[0], &since).await;
    let (_, refused) = scene.end("a mistyped secret").await;
    assert!(refused > 0, "nobody has tried the new password");
}
