//! Where and to whom the server answers.

use crate::settings::catalogue::Fallback::{Value, Words};
use crate::settings::catalogue::Setting;

const GROUP: &str = "Listening";

pub(super) const ROWS: &[Setting] = &[
    Setting::plain(
        GROUP,
        "BIND",
        "ADDRESS:PORT",
        Value("127.0.0.1:8080"),
        "The address and port to listen on; [::]:8080 for all",
    ),
    Setting::plain(
        GROUP,
        "PUBLIC_URL",
        "URL",
        Words("the address in BIND"),
        "Where people reach the server, without a path; an https address makes this an installation in production",
    ),
    Setting::plain(
        GROUP,
        "ALLOWED_HOSTS",
        "HOSTS",
        Words("the host of PUBLIC_URL, and loopback"),
        "Host names the server answers to, separated by commas; .example.org takes in subdomains, * is any",
    ),
    Setting::plain(
        GROUP,
        "TRUSTED_PROXIES",
        "NETWORKS",
        Words("none"),
        "Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, separated by commas",
    ),
    Setting::plain(
        GROUP,
        "CORS_ALLOWED_ORIGINS",
        "ORIGINS",
        Words("none"),
        "Origins whose pages may call the API from a browser, such as https://app.example.org, separated by commas",
    ),
    Setting::plain(
        GROUP,
        "TLS_CERT",
        "FILE",
        Words("plain HTTP"),
        "Certificate chain in PEM: serves HTTPS, together with TLS_KEY; read again when it changes",
    ),
    Setting::plain(
        GROUP,
        "TLS_KEY",
        "FILE",
        Words("plain HTTP"),
        "Private key of TLS_CERT in PEM (PKCS #8, SEC1 or RSA)",
    ),
    Setting::plain(
        GROUP,
        "FRONTEND_DIR",
        "FOLDER",
        Words("none"),
        "A static front end of your own, served from the same origin",
    ),
    Setting::plain(
        GROUP,
        "ASSETS_URL",
        "URL",
        Words("this server"),
        "Where pages load our style sheets, scripts and pictures from, such as https://cdn.example.org/vestibule: a cache of your own in front of /assets",
    ),
    Setting::plain(
        GROUP,
        "SECURITY_CONTACT",
        "CONTACTS",
        Words("none: there is no /.well-known/security.txt"),
        "Whom to tell of a vulnerability: https:, mailto: or tel: addresses, separated by commas, the preferred one first",
    ),
    Setting::plain(
        GROUP,
        "WORKERS",
        "NUMBER",
        Words("one a core"),
        "Threads that serve connections, 1 to 512",
    ),
    Setting::plain(
        GROUP,
        "MAX_CONNECTIONS_PER_ADDRESS",
        "NUMBER",
        Value("256"),
        "Open connections one client address may hold, up to 1000000; 0 for no cap. Trusted proxies are exempt",
    ),
    Setting::plain(
        GROUP,
        "SHUTDOWN_TIMEOUT",
        "SPAN",
        Value("30s"),
        "How long requests may take to finish when the server is told to stop, up to 1h",
    ),
    Setting::plain(
        GROUP,
        "SHUTDOWN_GRACE",
        "SPAN",
        Value("0s"),
        "How long /health/ready tells 503 before the server stops listening, up to 5m; give a load balancer its time to notice",
    ),
];
