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
