//! Work that takes a core for itself, on all of them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// Does `work` with each of `tasks` on `threads` threads, each of which makes what it keeps between two tasks with `begin`. Answers
/// what came of them in any order, or the first failure.
pub(super) fn in_parallel<T: Send, S, R: Send, E: Send>(
    threads: usize,
    tasks: Vec<T>,
    begin: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let threads = threads.clamp(1, tasks.len().max(1));
    let (tasks, done) = (Mutex::new(tasks.into_iter()), Mutex::new(Vec::new()));
    let work_off = || {
        let mut kept = begin();
        loop {
            let next = lock(&tasks).next();
            let Some(task) = next else { return Ok(()) };
            let outcome = work(&mut kept, task)?;
            lock(&done).push(outcome);
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work_off)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(outcome) => outcome,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })?;
    Ok(std::mem::take(&mut *lock(&done)))
}

/// Nothing is half done where a thread panicked: the panic goes on, and with it all of this.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_is_done_once() {
        let mut done = in_parallel(4, (0..100).collect(), || (), |(), n: u32| Ok::<_, ()>(n * 2)).unwrap();
        done.sort_unstable();
        assert_eq!(done, (0..100).map(|n| n * 2).collect::<Vec<_>>());
        assert_eq!(in_parallel(4, Vec::<u32>::new(), || (), |(), n| Ok::<_, ()>(n)), Ok(Vec::new()));
    }

    #[test]
    fn a_failure_is_told() {
        let failed = in_parallel(2, vec![1, 2, 3], || (), |(), n| if n == 2 { Err("two") } else { Ok(n) });
        assert_eq!(failed, Err("two"));
    }
}
