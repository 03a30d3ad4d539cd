//! What was done on the page before, said in one sentence. The address carries a word for it and never the sentence.

macro_rules! notices {
    ($($variant:ident = $name:literal, $field:ident: $english:literal;)*) => {
        /// Something that was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Notice { $($variant,)* }

        /// The sentences.
        pub(crate) struct NoticeTexts { $(pub(crate) $field: &'static str,)* }

        pub(super) const ENGLISH: NoticeTexts = NoticeTexts { $($field: $english,)* };

        impl Notice {
            const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word in addresses.
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        impl NoticeTexts {
            /// The sentence.
            pub(crate) fn of(&self, notice: Notice) -> &'static str {
                match notice { $(Notice::$variant => self.$field,)* }
            }
        }
    };
}

notices! {
    Welcome = "welcome", welcome: "Your account is made, and you are signed in. Welcome!";
    AccountMade = "account-made", account_made: "Your account is made. Sign in with it.";
    SignedOut = "signed-out", signed_out: "You are signed out.";
    Saved = "saved", saved: "Your changes are saved.";
    Deleted = "deleted", deleted: "It is deleted.";
    Done = "done", done: "Done.";
    NothingTicked = "nothing-ticked", nothing_ticked: "Tick what you mean first. Nothing was done.";
    UserAdded = "user-added", user_added: "The account is there, and a link to choose a password is on its way to its owner.";
    DraftSaved = "draft-saved", draft_saved: "The draft is saved. Nobody else sees it.";
    PostPublished = "published", post_published: "The post is published.";
    CommentAdded = "commented", comment_added: "Your comment is there for everybody to read.";
    PictureSet = "picture-set", picture_set: "Your picture is the new one.";
    PictureRemoved = "picture-removed", picture_removed: "You show no picture any more.";
    ProofAskedFor = "proof-asked-for", proof_asked_for: "If there is something to confirm, a mail with a link is on its way to your address.";
    PasswordChanged = "password-changed", password_changed: "Your password is the new one. Everywhere else you are signed out.";
    SessionEnded = "session-ended", session_ended: "You are signed out there.";
    OthersEnded = "others-ended", others_ended: "You are signed out everywhere else.";
    EverySessionEnded = "every-session-ended", every_session_ended: "You are signed out everywhere.";
    AddressAskedFor = "address-asked-for", address_asked_for: "Look into your mail: if the new address can be yours, a link is on its way to it. Nothing changes until you follow it.";
    PasswordReset = "password-reset", password_reset: "Your password is the new one. Sign in with it.";
    AddressProven = "address-proven", address_proven: "Thank you. Your address is confirmed.";
    AddressSettled = "address-settled", address_settled: "Your account has this address now. Sign in again.";
    AccountDeleted = "account-deleted", account_deleted: "Your account is deleted. Thank you for having been with us.";
}

impl Notice {
    /// The name of the parameter.
    pub(crate) const PARAMETER: &'static str = "done";

    /// What an address says where this is to be said.
    pub(crate) fn parameter(self) -> String {
        format!("{}={}", Self::PARAMETER, self.as_str())
    }

    /// What an address says was done.
    pub(crate) fn of_query(query: &str) -> Option<Self> {
        let (_, word) =
            url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == Self::PARAMETER)?;
        Self::ALL.iter().copied().find(|notice| notice.as_str() == word)
    }
}
