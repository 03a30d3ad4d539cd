//! Which buttons somebody is shown. What they may do is decided where it is done.

use vestibule_domain::caller::Caller;
use vestibule_domain::permission::Permission;
use vestibule_persistence::comments::Comment;
use vestibule_persistence::posts::Post;

/// What somebody who may read a thing may do with it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rights {
    pub(super) may_edit: bool,
    pub(super) may_delete: bool,
}

impl Rights {
    /// With a post.
    pub(super) fn to_post(viewer: Option<&Caller>, post: &Post) -> Self {
        let Some(viewer) = viewer else { return Self::default() };
        let is_own = post.is_by(viewer.user.id);
        Self::of(viewer, is_own, Permission::PostsWrite, Permission::PostsModerate)
    }

    /// With a comment.
    pub(super) fn to_comment(viewer: Option<&Caller>, comment: &Comment) -> Self {
        let Some(viewer) = viewer else { return Self::default() };
        let is_own = comment.is_by(viewer.user.id);
        Self::of(viewer, is_own, Permission::CommentsWrite, Permission::CommentsModerate)
    }

    /// One's own may be taken back even by those who may not write any more.
    fn of(viewer: &Caller, is_own: bool, write: Permission, moderate: Permission) -> Self {
        let moderates = viewer.may(moderate);
        Self { may_edit: moderates || is_own && viewer.may(write), may_delete: moderates || is_own }
    }
}
