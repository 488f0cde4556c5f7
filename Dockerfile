# The whole image is one static binary; the CA certificates are in it. At the top of the repository, because the
# workspace is what it is built from: docker build -t secretfetch:latest .
FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# The command of docs/kubernetes.md. The explicit --target keeps the static flags away from proc-macros.
RUN RUSTFLAGS="-C target-feature=+crt-static --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo" cargo build --release --locked -p secretfetch-cli --no-default-features --target "$(rustc --print host-tuple)"
RUN mv target/*/release/secretfetch /secretfetch

FROM scratch
COPY --from=build /secretfetch /secretfetch
# A number: the kubelet cannot check runAsNonRoot against a name.
USER 65532:65532
ENTRYPOINT ["/secretfetch"]
