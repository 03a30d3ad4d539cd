//! Thirty-two people at work: they register, sign in, change their profiles and look at them, without end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use serde_json::json;
use tokio::task::JoinHandle;

use super::book::{Book, Entry, Outcome, What};
use crate::harness::client::Answer;
use crate::harness::{Balancer, Process, given};

/// How many people there are.
const PEOPLE: usize = 32;

/// After this long a request counts as hung.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a person rests after a request, and after finding the door shut.
const REST: Duration = Duration::from_millis(10);

/// All of them, at work.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    open: Arc<AtomicBool>,
    people: Vec<JoinHandle<Book>>,
}

struct Person {
    http: reqwest::Client,
    base: String,
    is_balanced: bool,
    name: String,
    token: String,
    serial: usize,
    stop: Arc<AtomicBool>,
    open: Arc<AtomicBool>,
    book: Book,
}

impl Load {
    /// Makes everybody an account, all at the same moment, and sets them to work.
    pub(super) async fn begin(server: &Process) -> Self {
        Self::begin_at(server.address(), None).await
    }

    /// The same through a balancer, behind which each node may believe what it read for `lag`.
    pub(super) async fn begin_behind(balancer: &Balancer, lag: Duration) -> Self {
        Self::begin_at(balancer.address(), Some(lag)).await
    }

    async fn begin_at(address: SocketAddr, lag: Option<Duration>) -> Self {
        let (stop, open) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
        let settle = |number| {
            let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
            let person = Person {
                http,
                base: format!("http://{address}"),
                is_balanced: lag.is_some(),
                name: format!("person{number}"),
                token: String::new(),
                serial: number,
                stop: stop.clone(),
                open: open.clone(),
                book: Book::allowing(lag.unwrap_or_default()),
            };
            tokio::spawn(person.settle())
        };
        let settling: Vec<_> = (0..PEOPLE).map(settle).collect();
        let mut people = Vec::new();
        for person in settling {
            people.push(tokio::spawn(person.await.unwrap().work()));
        }
        Self { stop, open, people }
    }

    /// Whether requests are sent: what a balancer decides that watches readiness.
    pub(super) fn door(&self) -> Arc<AtomicBool> {
        self.open.clone()
    }

    /// Sends everybody home and puts their books together.
    pub(super) async fn end(self) -> Book {
        self.stop.store(true, Ordering::Relaxed);
        let mut book = Book::default();
        for person in self.people {
            book.append(person.await.unwrap());
        }
        book
    }
}

impl Person {
    async fn settle(mut self) -> Self {
        let name = self.name.clone();
        self.register(name).await;
        self.sign_in().await;
        assert_eq!(self.book.wrong, Vec::<String>::new());
        assert!(!self.token.is_empty(), "{} could not sign in: {:?}", self.name, self.book.entries);
        self
    }

    async fn work(mut self) -> Book {
        while !self.stop.load(Ordering::Relaxed) {
            self.serial += 1;
            match self.serial % 8 {
                0 => self.register(format!("{}n{}", self.name, self.serial)).await,
                1 => self.sign_in().await,
                2 | 3 => self.change_nickname().await,
                _ => self.look().await,
            }
            tokio::time::sleep(REST).await;
        }
        self.book
    }

    async fn register(&mut self, name: String) {
        self.book.accounts.insert(name.clone(), false);
        let request = self.request(Method::POST, "/api/auth/register").json(&given::registration(&name));
        if self.send(What::Register, request).await.is_some() {
            self.book.accounts.insert(name, true);
        }
    }

    async fn sign_in(&mut self) {
        let request = self.request(Method::POST, "/api/auth/login").json(&given::credentials(&self.name));
        if let Some(answer) = self.send(What::SignIn, request).await {
            answer.body["access_token"].as_str().unwrap().clone_into(&mut self.token);
            self.book.tokens.push(self.token.clone());
        }
    }

    async fn change_nickname(&mut self) {
        let nickname = format!("{} {}", self.name, self.serial);
        let request = self.request(Method::PATCH, "/api/auth/profile").bearer_auth(&self.token);
        let answer = self.send(What::Change, request.json(&json!({ "nickname": nickname }))).await;
        self.book.called(&self.name, nickname, answer.is_some());
    }

    async fn look(&mut self) {
        let request = self.request(Method::GET, "/api/auth/profile").bearer_auth(&self.token);
        if let Some(answer) = self.send(What::Look, request).await {
            let nickname = answer.body["profile"]["nickname"].as_str().unwrap_or_default();
            let asked_at = self.book.entries.last().unwrap().began_at;
            self.book.compare(&self.name, nickname, asked_at);
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// Sends and books the outcome; hands back the answer where it is what was asked for.
    async fn send(&mut self, what: What, request: RequestBuilder) -> Option<Answer> {
        while !self.open.load(Ordering::Relaxed) {
            tokio::time::sleep(REST / 2).await;
        }
        let request = request.build().unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let began_at = Instant::now();
        let answer = match self.http.execute(request).await {
            Ok(response) => {
                let (status, headers) = (response.status().as_u16(), response.headers().clone());
                response.text().await.map(|text| Answer::new(status, headers, text))
            }
            Err(error) => Err(error),
        };
        let outcome = match &answer {
            // Each answer of ours has a number.
            Ok(answer) if self.is_balanced && answer.header("x-request-id").is_none() => {
                Outcome::Balancer(answer.status)
            }
            Ok(answer) => Outcome::Status(answer.status),
            Err(error) if error.is_connect() => Outcome::Refused,
            Err(error) if error.is_timeout() => Outcome::Hung,
            Err(_) => Outcome::Cut,
        };
        self.book.entries.push(Entry { what, outcome, began_at, ended_at: Instant::now() });
        let (Ok(answer), Outcome::Status(_)) = (answer, outcome) else {
            tokio::time::sleep(REST).await;
            return None;
        };
        answer.assert_invariants(&method, &path);
        match answer.status {
            status if status == what.success() => return Some(answer),
            503 => {}
            status => self.book.wrong.push(format!("{what:?} of {}: {status} {}", self.name, answer.text)),
        }
        None
    }
}
