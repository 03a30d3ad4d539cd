//! Mails: whatever is due is leased, written and sent, each by one node.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use vestibule_domain::causes;
use vestibule_http::{QueueLimits, Refused, Shell, Threads};
use vestibule_mail::{Mail, Mailer, Reason, SendError, next_wait};
use vestibule_persistence::outbox::{self, LeasedMail, Postponed};

use super::repeat::Rhythm;
use super::trouble::Trouble;
use super::{JobFailures, leases, spawn};

/// How often the outbox is looked into: a mail leaves within two seconds, and looking costs one small query.
const EVERY: Duration = Duration::from_millis(500);

/// How long after a database that was away is back mails go on at the latest.
const AGAIN: Duration = Duration::from_secs(5);

/// How many mails are under way at once. A mail server that stalls holds these and no thread anybody else needs.
const DESKS: u32 = 4;

/// How long a mail server may take in all; shorter than the lease, so that nobody else has begun by then.
const PATIENCE: Duration = Duration::from_secs(50);

/// How long the end of the server waits for mails under way.
const FAREWELL: Duration = Duration::from_secs(15);

/// The pauses, in seconds, before it is tried to note what became of a mail: one that left and is not noted leaves twice.
const PAUSES: [u64; 5] = [0, 1, 2, 3, 4];

/// Where mails are written and sent.
pub(crate) struct MailRoom {
    mailer: Arc<Mailer>,
    /// Threads of its own: sending waits for others.
    sending: Threads<()>,
    /// Whoever has a desk may have a mail under way.
    desks: Arc<Semaphore>,
}

/// What became of a mail.
enum Fate {
    /// It left.
    Sent,
    /// Nobody is to get it, or not any more.
    Dropped,
    /// It will never be taken.
    Refused(Reason),
    /// It did not leave this time: why, and what of that the log may hold.
    Failed { why: String, for_log: String },
}

/// Starts to send mails on the current runtime. It fails where the system gives no threads.
pub(crate) fn start(shell: &Shell, failures: &JobFailures, mailer: Mailer) -> io::Result<Arc<MailRoom>> {
    let desks = DESKS as usize;
    let limits = QueueLimits { entries: desks, wait: PATIENCE, deadline: PATIENCE, memory: u64::MAX };
    let room = Arc::new(MailRoom {
        mailer: Arc::new(mailer),
        sending: Threads::new("mail", desks, limits, || ())?,
        desks: Arc::new(Semaphore::new(desks)),
    });
    let own = Arc::clone(&room);
    let rhythm = Rhythm::new(EVERY, EVERY).waiting_at_most(AGAIN);
    spawn(shell, failures, "mail", rhythm, move |shell| send_due(shell, Arc::clone(&own)));
    Ok(room)
}

/// Sends what is due, as long as there is something. It does not wait for what is under way, but for a desk to be free.
async fn send_due(shell: Shell, room: Arc<MailRoom>) -> Result<(), Trouble> {
    while let Some(desks) = room.free_desks().await
        && !shell.is_stopping()
    {
        let mails = lease(&shell, desks.len()).await?;
        if mails.is_empty() {
            break;
        }
        for (mail, desk) in mails.into_iter().zip(desks) {
            actix_web::rt::spawn(deliver(shell.clone(), Arc::clone(&room), mail, desk));
        }
    }
    Ok(())
}

async fn lease(shell: &Shell, count: usize) -> Result<Vec<LeasedMail>, Trouble> {
    let now = shell.now();
    let has_due = shell.database(move |accounts| accounts.database.read(|conn| outbox::has_due(conn, now)));
    if !has_due.await?? {
        return Ok(Vec::new());
    }
    let (lease_id, limit) = (leases::lease_id(&*shell.random()), i64::try_from(count).unwrap_or(1));
    let leased = shell.database_write(move |accounts| {
        accounts.database.write(|conn| outbox::lease(conn, now, &lease_id, limit))
    });
    Ok(leased.await??)
}

/// One mail, from its order to the note of what became of it. The desk is free again when that is written, or when this
/// panics: then the lease runs out, and the mail is tried again.
async fn deliver(shell: Shell, room: Arc<MailRoom>, leased: LeasedMail, _desk: OwnedSemaphorePermit) {
    let fate = match write(&shell, &room, &leased).await {
        Ok(Some(mail)) => room.send(mail).await,
        Ok(None) => Fate::Dropped,
        Err(fate) => fate,
    };
    let postponed = postponed(&shell, &leased, &fate);
    tell(&leased, &fate, postponed);
    note(&shell, leased, fate, postponed).await;
}

async fn write(shell: &Shell, room: &MailRoom, leased: &LeasedMail) -> Result<Option<Mail>, Fate> {
    let (mailer, now, random, leased) =
        (Arc::clone(&room.mailer), shell.now(), shell.random(), leased.clone());
    let written = shell.database_write(move |_| mailer.write(now, &*random, &leased)).await;
    let failed = |why: String| Fate::Failed { for_log: why.clone(), why };
    match written {
        Ok(Ok(mail)) => Ok(mail),
        Ok(Err(error)) => Err(failed(causes::in_one_line(&error))),
        Err(refusal) => Err(failed(Trouble::from(refusal).told())),
    }
}

/// When it is tried again, or that it is given up; nothing where it is done with.
fn postponed(shell: &Shell, leased: &LeasedMail, fate: &Fate) -> Option<Postponed> {
    let now = shell.now();
    match fate {
        Fate::Sent | Fate::Dropped => None,
        Fate::Refused(_) => Some(Postponed::ForGood(now)),
        Fate::Failed { .. } => Some(
            next_wait(leased.attempts, &*shell.random())
                .map_or(Postponed::ForGood(now), |wait| Postponed::Until(now.plus(wait))),
        ),
    }
}

/// Without the address: whose mail it is stands in the outbox.
fn tell(leased: &LeasedMail, fate: &Fate, postponed: Option<Postponed>) {
    let (id, kind, attempts) = (leased.id, leased.order.kind(), leased.attempts);
    let error = match fate {
        Fate::Sent => return tracing::info!(target: "mail", id, kind, attempts, "mail sent"),
        Fate::Dropped => return tracing::info!(target: "mail", id, kind, "mail dropped: nobody is to get it"),
        Fate::Refused(reason) => reason.for_log(),
        Fate::Failed { for_log, .. } => for_log.clone(),
    };
    if let Some(Postponed::Until(at)) = postponed {
        tracing::warn!(target: "mail", id, kind, attempts, error, again_at = %at, "mail not sent");
    } else {
        tracing::error!(target: "mail", id, kind, attempts, error, "mail given up");
    }
}

async fn note(shell: &Shell, leased: LeasedMail, fate: Fate, postponed: Option<Postponed>) {
    let (id, leased, fate) = (leased.id, Arc::new(leased), Arc::new(fate));
    for pause in PAUSES {
        sleep(Duration::from_secs(pause)).await;
        let (leased, fate) = (Arc::clone(&leased), Arc::clone(&fate));
        let noted = shell.database_write(move |accounts| {
            accounts.database.write(|conn| match postponed {
                Some(postponed) => outbox::set_postponed(conn, &leased, postponed, fate.why()).map(|()| true),
                None => outbox::delete(conn, &leased),
            })
        });
        let trouble = match noted.await {
            Ok(Ok(true)) => return,
            Ok(Ok(false)) => {
                return tracing::warn!(target: "mail", id, "another node has the mail by now; it may leave twice");
            }
            Ok(Err(error)) => Trouble::from(error),
            Err(refusal) => Trouble::from(refusal),
        };
        tracing::warn!(target: "mail", id, error = trouble.told(), "what became of a mail could not be noted");
    }
}

impl MailRoom {
    /// At least one desk, and what others are free; nothing when the room is closed.
    async fn free_desks(&self) -> Option<Vec<OwnedSemaphorePermit>> {
        let first = Arc::clone(&self.desks).acquire_owned().await.ok()?;
        let more = std::iter::from_fn(|| Arc::clone(&self.desks).try_acquire_owned().ok());
        Some(std::iter::once(first).chain(more).collect())
    }

    async fn send(&self, mail: Mail) -> Fate {
        let mailer = Arc::clone(&self.mailer);
        match self.sending.run(move |()| mailer.send(&mail)).await {
            Ok(Ok(())) => Fate::Sent,
            Ok(Err(SendError::Refused(reason))) => Fate::Refused(reason),
            Ok(Err(SendError::Postponed(reason))) => {
                Fate::Failed { why: reason.to_string(), for_log: reason.for_log() }
            }
            Err(Refused::Panicked(panic)) => {
                tracing::error!(target: "mail", ?panic, "sending a mail panicked");
                Fate::Failed { why: "sending it panicked".to_owned(), for_log: "it panicked".to_owned() }
            }
            Err(refused) => Fate::Failed { why: refused.to_string(), for_log: refused.to_string() },
        }
    }

    /// Lets no mail begin any more and waits for those under way.
    pub(crate) async fn finish(&self) {
        let all = timeout(FAREWELL, self.desks.acquire_many(DESKS)).await;
        if all.is_err() {
            tracing::warn!(target: "mail", "a mail is still under way; it will be tried again");
        }
        self.desks.close();
    }
}

impl Fate {
    fn why(&self) -> &str {
        match self {
            Self::Sent | Self::Dropped => "",
            Self::Refused(reason) => reason.words(),
            Self::Failed { why, .. } => why,
        }
    }
}

#[cfg(test)]
mod tests;
