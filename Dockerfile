# The server in a small image: no shell, no package manager, no root.
#
#   docker build --tag vestibule .
#   docker run --publish 127.0.0.1:8080:8080 --volume vestibule:/data vestibule
#
# deploy/ and docs/deployment.md have the rest: settings, a database, a proxy.

FROM rust:1.95-slim-bookworm AS build

# What the databases' libraries are made with; of compilers any version will do.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev make perl \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY migrations migrations
COPY crates crates

RUN cargo build --release --locked --package vestibule --bin vestibule \
    && mkdir --mode=0700 /empty

FROM gcr.io/distroless/cc-debian12:nonroot

# The user `nonroot` of this image, by number, so that an orchestrator can see that it is not root.
COPY --from=build --chown=65532:65532 /empty /data
COPY --from=build /source/target/release/vestibule /usr/local/bin/vestibule

USER 65532:65532
WORKDIR /data
ENV DATA_DIR=/data BIND=0.0.0.0:8080 LOG_FORMAT=json
# The only place that is written to: the rest may be read-only.
VOLUME ["/data"]
EXPOSE 8080

HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/usr/local/bin/vestibule", "health"]
ENTRYPOINT ["/usr/local/bin/vestibule"]
CMD ["serve"]
