//! The words of the pages about one's own account.

use vestibule_domain::device::{Program, System};

/// The words.
pub(crate) struct ProfileTexts {
    /// What the profile is called.
    pub(crate) title: &'static str,
    /// What the links between these pages are called together.
    pub(crate) menu: &'static str,
    pub(crate) tabs: TabTexts,
    pub(crate) picture: PictureTexts,
    pub(crate) sign_in: SignInDataTexts,
    pub(crate) about: AboutTexts,
    pub(crate) password: PasswordTexts,
    pub(crate) sessions: SessionsTexts,
    pub(crate) email: EmailTexts,
    pub(crate) export: ExportTexts,
    pub(crate) delete: DeleteTexts,
    /// The password is another.
    pub(crate) wrong_password: &'static str,
    /// For accounts that have none, or whose owners do not know it.
    pub(crate) no_password: &'static str,
    /// The link behind that.
    pub(crate) ask_for_password: &'static str,
}

/// The links themselves.
pub(crate) struct TabTexts {
    pub(crate) profile: &'static str,
    pub(crate) password: &'static str,
    pub(crate) email: &'static str,
    pub(crate) sessions: &'static str,
    pub(crate) export: &'static str,
    pub(crate) delete: &'static str,
}

/// One's picture.
pub(crate) struct PictureTexts {
    pub(crate) heading: &'static str,
    /// The name of the account before it.
    pub(crate) alt: fn(&str) -> String,
    pub(crate) none: &'static str,
    pub(crate) label: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) send: &'static str,
    pub(crate) remove: &'static str,
    pub(crate) missing: &'static str,
    pub(crate) too_large: &'static str,
    pub(crate) unreadable: &'static str,
}

/// What one signs in with.
pub(crate) struct SignInDataTexts {
    pub(crate) heading: &'static str,
    pub(crate) username: &'static str,
    pub(crate) email: &'static str,
    pub(crate) none: &'static str,
    pub(crate) proven: &'static str,
    pub(crate) unproven: &'static str,
    pub(crate) prove: &'static str,
    pub(crate) member_since: &'static str,
}

/// What one tells about oneself.
pub(crate) struct AboutTexts {
    pub(crate) heading: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) full_name: &'static str,
    pub(crate) nickname: &'static str,
    pub(crate) phone: &'static str,
    pub(crate) phone_hint: &'static str,
    pub(crate) dob: &'static str,
    pub(crate) dob_hint: &'static str,
}

/// Another password.
pub(crate) struct PasswordTexts {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) current: &'static str,
    pub(crate) new: &'static str,
    pub(crate) new_hint: &'static str,
    pub(crate) again: &'static str,
    pub(crate) differ: &'static str,
    pub(crate) send: &'static str,
}

/// Where one is signed in.
pub(crate) struct SessionsTexts {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) address: &'static str,
    pub(crate) created: &'static str,
    pub(crate) seen: &'static str,
    pub(crate) current: &'static str,
    pub(crate) no_address: &'static str,
    pub(crate) end: &'static str,
    /// For those who hear the page: which one the button ends.
    pub(crate) end_which: fn(&str, &str) -> String,
    pub(crate) others: &'static str,
    pub(crate) others_hint: &'static str,
    pub(crate) all: &'static str,
    pub(crate) all_hint: &'static str,
    pub(crate) pages: &'static str,
    /// What people call what somebody came with.
    pub(crate) program: fn(Option<Program>, Option<System>) -> String,
}

/// Another address.
pub(crate) struct EmailTexts {
    pub(crate) title: &'static str,
    /// With the address there is.
    pub(crate) now: fn(&str) -> String,
    pub(crate) none: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) new: &'static str,
    pub(crate) password: &'static str,
    pub(crate) send: &'static str,
}

/// All that is kept.
pub(crate) struct ExportTexts {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) without: &'static str,
    pub(crate) send: &'static str,
}

/// Leaving.
pub(crate) struct DeleteTexts {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) goes: &'static str,
    pub(crate) stays: &'static str,
    pub(crate) export_first: &'static str,
    pub(crate) password: &'static str,
    pub(crate) send: &'static str,
    pub(crate) last_admin: &'static str,
}

pub(super) const ENGLISH: ProfileTexts = ProfileTexts {
    title: "Your account",
    menu: "Your account",
    tabs: TabTexts {
        profile: "Profile",
        password: "Password",
        email: "E-mail address",
        sessions: "Sessions",
        export: "Your data",
        delete: "Delete",
    },
    picture: PictureTexts {
        heading: "Your picture",
        alt: |name| format!("The picture of {name}"),
        none: "You show no picture.",
        label: "A new picture",
        hint: "PNG, JPEG, WebP or GIF, at most 5 MiB. The middle of it is cut out square; where it was taken and whatever else is in the file stays out.",
        send: "Show this picture",
        remove: "Show no picture any more",
        missing: "Choose a picture first.",
        too_large: "This is longer than 5 MiB. Make it smaller and try again.",
        unreadable: "This could not be read. Choose the picture once more.",
    },
    sign_in: SignInDataTexts {
        heading: "How you sign in",
        username: "Username",
        email: "E-mail address",
        none: "none",
        proven: "confirmed",
        unproven: "not confirmed yet",
        prove: "Send me a link to confirm it",
        member_since: "Here since",
    },
    about: AboutTexts {
        heading: "About you",
        hint: "Nothing here is needed. What you leave empty is not kept.",
        full_name: "Name",
        nickname: "Nickname",
        phone: "Telephone",
        phone_hint: "With its country, such as +91 98765 43210.",
        dob: "Day of birth",
        dob_hint: "Year, month and day, such as 1990-01-31.",
    },
    password: PasswordTexts {
        title: "Change your password",
        lead: "You stay signed in here. Everywhere else you are signed out, links that were mailed to you stop working, and a mail tells you of the change.",
        current: "Your password now",
        new: "Your new password",
        new_hint: "Long is good: a few words that nobody would guess. Not a common one, not digits alone, nothing like your name or address.",
        again: "The new one once more",
        differ: "This is not the same as the new password above.",
        send: "Change the password",
    },
    sessions: SessionsTexts {
        title: "Where you are signed in",
        lead: "If you do not know one of these, end it and change your password.",
        address: "From",
        created: "Since",
        seen: "Last used",
        current: "this one",
        no_address: "unknown",
        end: "Sign out there",
        end_which: |device, since| format!("{device}, since {since}"),
        others: "Sign out everywhere else",
        others_hint: "Only this browser stays signed in.",
        all: "Sign out everywhere",
        all_hint: "Here, too: you sign in again afterwards.",
        pages: "Pages of this list",
        program,
    },
    email: EmailTexts {
        title: "Change your e-mail address",
        now: |address| format!("Your address is {address}."),
        none: "Your account has no address.",
        lead: "A link goes to the new address, and nothing changes until it is followed. Then you are signed out everywhere and sign in again. The address you have now is told, and can take the change back for seven days.",
        new: "The new address",
        password: "Your password",
        send: "Send the link",
    },
    export: ExportTexts {
        title: "Take your data with you",
        lead: "One file with all that is kept about you: the account, your sessions, what you wrote, what is written down about what you did. It is JSON, which programs read and people can.",
        without: "What opens your account is not in it: your password and the keys of your sessions.",
        send: "Download it",
    },
    delete: DeleteTexts {
        title: "Delete your account",
        lead: "This cannot be taken back, not even by us.",
        goes: "What goes: your account with all it says about you, your picture, your sessions, your drafts, and the mails that wait for you.",
        stays: "What stays: what you published, without your name, and lines that say that something was done, without saying by whom.",
        export_first: "You can take your data with you first.",
        password: "Your password",
        send: "Delete my account",
        last_admin: "You are the last who looks after this place. Make somebody else admin first, then come back.",
    },
    wrong_password: "This is not your password.",
    no_password: "You have none, or do not know it?",
    ask_for_password: "Choose one by a link in a mail.",
};

fn program(program: Option<Program>, system: Option<System>) -> String {
    let program = program.map(|program| match program {
        Program::Edge => "Edge",
        Program::Opera => "Opera",
        Program::SamsungInternet => "Samsung Internet",
        Program::Firefox => "Firefox",
        Program::Chrome => "Chrome",
        Program::Safari => "Safari",
        Program::Curl => "curl",
        Program::Wget => "Wget",
        Program::App => "An app",
        Program::Python => "A Python program",
    });
    let system = system.map(|system| match system {
        System::IPhone => "an iPhone",
        System::IPad => "an iPad",
        System::Android => "Android",
        System::Windows => "Windows",
        System::Mac => "a Mac",
        System::ChromeOs => "ChromeOS",
        System::Linux => "Linux",
    });
    match (program, system) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(program), None) => program.to_owned(),
        (None, Some(system)) => format!("Something on {system}"),
        (None, None) => "Something we do not know".to_owned(),
    }
}
