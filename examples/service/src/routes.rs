//! What the service serves.

use std::error::Error;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use crate::database::Database;

/// `POST /visits`: one visit more, answered with their number.
pub fn routes(database: Database) -> Router {
    Router::new().route("/visits", post(visit)).with_state(database)
}

async fn visit(State(database): State<Database>) -> Result<String, Unavailable> {
    let connection = database.get().await?;
    let row = connection.query_one("update visits set count = count + 1 returning count", &[]).await?;
    Ok(row.try_get::<_, i64>("count")?.to_string())
}

/// The client learns that the database did not answer; why is for the log.
struct Unavailable;

impl<E: Error + 'static> From<E> for Unavailable {
    fn from(error: E) -> Self {
        tracing::error!(error = &error as &(dyn Error + 'static), "the database did not answer");
        Unavailable
    }
}

impl IntoResponse for Unavailable {
    fn into_response(self) -> Response {
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt as _;
    use secretfetch::Fetcher;
    use secretfetch_testkit::FakeSecretStore;
    use tower::ServiceExt as _;

    use super::*;
    use crate::database;

    #[tokio::test]
    async fn a_database_that_is_away_is_a_503_that_tells_nothing() {
        let store = FakeSecretStore::new();
        store.create_text("prod/db", r#"{"username":"app","password":"s3cr3t","host":"/no/such/socket"}"#);
        let database = database::open(&Fetcher::new(store), "prod/db", Duration::from_secs(300)).await.unwrap();
        let request = Request::post("/visits").body(Body::empty()).unwrap();
        let response = routes(database).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.into_body().collect().await.unwrap().to_bytes().is_empty());
    }
}
