//! Reading the next rows while the last ones are written.

use std::sync::mpsc::sync_channel;
use std::thread;

use super::RunError;
use crate::source::SourceError;

/// Hands what `read` answers to `write`, one after the other, until it answers nothing or either fails. While one is written the
/// next is read on another thread, and no more than that: memory stays flat.
pub(super) fn feed<T: Send>(
    mut read: impl FnMut() -> Result<Option<T>, SourceError> + Send,
    mut write: impl FnMut(T) -> Result<(), RunError>,
) -> Result<(), RunError> {
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(0);
        scope.spawn(move || {
            while let Some(next) = read().transpose() {
                let is_last = next.is_err();
                // Nobody receives any more where writing failed.
                if sender.send(next).is_err() || is_last {
                    break;
                }
            }
        });
        receiver.into_iter().try_for_each(|next| write(next?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_written_in_order() {
        let (mut next, mut written) = (0, Vec::new());
        let read = || {
            next += 1;
            Ok((next < 100).then_some(next))
        };
        feed(read, |n| {
            written.push(n);
            Ok(())
        })
        .unwrap();
        assert_eq!(written, (1..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_failure_of_either_ends_both() {
        let unusable = || SourceError::Unusable("gone".to_owned());
        let mut reads = 0;
        let read = || {
            reads += 1;
            if reads < 3 { Ok(Some(reads)) } else { Err(unusable()) }
        };
        let mut written = 0;
        let failed = feed(read, |_| {
            written += 1;
            Ok(())
        });
        assert!(matches!(failed, Err(RunError::Source(_))));
        assert_eq!((written, reads), (2, 3));
        let failed = feed(|| Ok(Some(())), |()| Err(RunError::Elsewhere));
        assert!(matches!(failed, Err(RunError::Elsewhere)));
    }
}
