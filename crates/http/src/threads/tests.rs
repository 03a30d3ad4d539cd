use std::sync::mpsc;

use futures_util::future::{join, join_all};

use super::*;

const LIMITS: QueueLimits = QueueLimits {
    entries: 4,
    wait: Duration::from_millis(100),
    deadline: Duration::from_millis(300),
    memory: 100,
};

/// Longer than any job here takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(5);

fn threads(count: usize) -> Arc<Threads<u32>> {
    Arc::new(Threads::new("test", count, LIMITS, || 0).unwrap())
}

/// A job that holds a thread until the sender is dropped, begun.
async fn stuck(threads: &Arc<Threads<u32>>) -> mpsc::Sender<()> {
    let (release, held) = mpsc::channel::<()>();
    let (begun, has_begun) = oneshot::channel();
    let threads = Arc::clone(threads);
    let job = async move { threads.run(move |_| begun.send(()).is_ok() && held.recv().is_ok()).await };
    actix_web::rt::spawn(job);
    has_begun.await.unwrap();
    release
}

#[actix_web::test]
async fn each_thread_keeps_its_own_state() {
    let threads = threads(1);
    for expected in 1..=3 {
        let add = |state: &mut u32| {
            *state += 1;
            *state
        };
        assert_eq!(threads.run(add).await, Ok(expected));
    }
}

#[actix_web::test]
async fn jobs_run_in_the_order_they_came() {
    let threads = threads(1);
    let release = stuck(&threads).await;
    let (order, seen) = mpsc::channel();
    let jobs = (0..4).map(|number| {
        let order = order.clone();
        threads.run(move |_| order.send(number).unwrap())
    });
    let (jobs, ()) = join(join_all(jobs), async move { drop(release) }).await;
    assert!(jobs.iter().all(Result::is_ok));
    assert_eq!(seen.try_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[actix_web::test]
async fn a_full_queue_refuses_at_once() {
    let threads = threads(1);
    let _release = stuck(&threads).await;
    let waiting = join_all((0..4).map(|_| threads.run(|_| ())));
    let one_more = async {
        let asked = Instant::now();
        assert_eq!(threads.run(|_| ()).await, Err(Refused::Full));
        assert!(asked.elapsed() < LIMITS.wait / 2);
    };
    let (waited, ()) = join(waiting, one_more).await;
    assert!(waited.iter().all(|outcome| *outcome == Err(Refused::Waited)));
}

#[actix_web::test]
async fn a_job_that_waits_too_long_is_given_up_and_never_runs() {
    let threads = threads(1);
    let release = stuck(&threads).await;
    let (ran, has_run) = mpsc::channel();
    let asked = Instant::now();
    assert_eq!(threads.run(move |_| ran.send(()).is_ok()).await, Err(Refused::Waited));
    let waited = asked.elapsed();
    assert!(waited >= LIMITS.wait && waited < DEADLINE, "{waited:?}");
    drop(release);
    assert_eq!(threads.run(|_| 7).await, Ok(7));
    assert!(has_run.recv().is_err());
}

#[actix_web::test]
async fn jobs_whose_callers_left_make_room() {
    let threads = threads(1);
    let release = stuck(&threads).await;
    for _ in 0..40 {
        let gone = timeout(Duration::from_millis(1), threads.run(|_| ())).await;
        assert!(gone.is_err(), "the queue was full of the dead");
    }
    drop(release);
    assert_eq!(threads.run(|_| 7).await, Ok(7));
}

#[actix_web::test]
async fn a_job_that_began_is_awaited_up_to_the_deadline() {
    let threads = threads(1);
    let slow = |_: &mut u32| thread::sleep(LIMITS.wait * 2);
    assert_eq!(threads.run(slow).await, Ok(()));
    let slower = |_: &mut u32| thread::sleep(LIMITS.deadline * 2);
    let asked = Instant::now();
    assert_eq!(threads.run(slower).await, Err(Refused::Deadline));
    assert!(asked.elapsed() < LIMITS.deadline * 2);
}

#[actix_web::test]
async fn a_panic_is_told_and_the_thread_lives_on_with_a_new_state() {
    let threads = threads(1);
    let outcome = threads.run(|state| {
        *state = 99;
        assert_eq!(*state, 0, "half done");
    });
    assert!(matches!(outcome.await, Err(Refused::Panicked(_))));
    assert_eq!(threads.run(|state| *state).await, Ok(0));
}

#[actix_web::test]
async fn heavy_jobs_share_the_memory_and_a_giant_runs_alone() {
    let patient = QueueLimits { entries: 64, wait: DEADLINE, deadline: DEADLINE, ..LIMITS };
    let threads = Threads::new("test", 4, patient, || ()).unwrap();
    let held = Arc::new(Mutex::new((0_u64, 0_u64)));
    let job = |bytes: u64| {
        let held = Arc::clone(&held);
        threads.run_weighing(bytes, move |()| {
            let change = |by: i64| {
                let mut held = held.lock().unwrap();
                held.0 = held.0.saturating_add_signed(by);
                held.1 = held.1.max(held.0);
            };
            let bytes = i64::try_from(bytes).unwrap();
            change(bytes);
            thread::sleep(Duration::from_millis(10));
            change(-bytes);
        })
    };
    let outcomes = join_all([40, 40, 40, 70, 70].map(job)).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let most = held.lock().unwrap().1;
    assert!((70..=100).contains(&most), "{most}");
    *held.lock().unwrap() = (0, 0);
    let outcomes = join_all([40, 1000, 40].map(job)).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(held.lock().unwrap().1, 1000);
}

#[actix_web::test]
async fn dropping_the_threads_lets_a_running_job_end() {
    let threads = Threads::new("test", 2, LIMITS, || ()).unwrap();
    let (done, is_done) = mpsc::channel();
    let job = threads.run(move |()| {
        thread::sleep(Duration::from_millis(50));
        done.send(()).unwrap();
    });
    assert!(timeout(Duration::from_millis(10), job).await.is_err());
    drop(threads);
    assert_eq!(is_done.try_recv(), Ok(()));
}

/// Sets no bound on time, so that a busy machine fails nothing: it prints the figure for whoever asks.
#[actix_web::test]
async fn the_way_there_and_back_is_measured() {
    let threads = threads(1);
    let begun = Instant::now();
    for _ in 0..2000 {
        threads.run(|_| ()).await.unwrap();
    }
    println!("one hop: {:?}", begun.elapsed() / 2000);
}
