use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::*;

fn refused(text: &str) -> UsernameError {
    Username::choose(text).expect_err(text)
}

fn key(text: &str) -> UsernameKey {
    Username::choose(text).unwrap_or_else(|error| panic!("{text:?} {error}")).key()
}

/// S78: names of any living script are welcome.
#[test]
fn people_may_write_their_names_in_their_own_script() {
    for name in [
        "mike",
        "Éva",
        "éva.nagy",
        "Jörg_2",
        "o-brien",
        "владимир",
        "Ελένη",
        "さくら",
        "冬の雪",
        "カタカナ",
        "김철수",
        "王小明",
        "taro太郎",
        "प्रिया",
        "हिन्दी",
        "தமிழ்",
        "বাংলা",
        "فاطمة",
        "علی۵۵",
        "שרה",
        "สมชาย",
        "Արամ",
        "ნინო",
        "ᱥᱟᱱᱛᱟᱲᱤ",
        "ⵣⵉⵔⵉ",
        "ᏣᎳᎩ",
        "ısmail",
        "Ｍｉｋｅ",
        "Ⓜike",
        "12345",
        "007",
    ] {
        let username = Username::choose(name).unwrap_or_else(|error| panic!("{name} {error}"));
        assert_eq!(username.as_str(), name, "the display stays as typed");
        assert_eq!(Username::admit(name).as_ref(), Ok(&username));
        assert_eq!(name.parse::<Username>().as_ref(), Ok(&username));
    }
}

#[test]
fn a_name_has_3_to_64_characters_however_many_bytes() {
    assert_eq!(refused(""), UsernameError::Empty);
    assert_eq!(refused("ab"), UsernameError::TooShort);
    assert_eq!(refused("é́"), UsernameError::TooShort);
    assert!(Username::choose("abc").is_ok());
    assert!(Username::choose(&"字".repeat(64)).is_ok());
    assert!(Username::choose(&"e\u{301}".repeat(64)).is_ok(), "counted after composition");
    assert_eq!(refused(&"a".repeat(65)), UsernameError::TooLong(64));
    assert_eq!(refused(&"a".repeat(1 << 20)), UsernameError::TooLong(64));
}

/// S78: nothing that hides, turns or breaks the text.
#[test]
fn hidden_and_foreign_characters_are_refused() {
    for name in [
        "mi ke",
        "mi\tke",
        "mi\nke",
        "mi\0ke",
        "mi\u{7F}ke",
        "mi\u{200B}ke",
        "mi\u{200C}ke",
        "mi\u{200D}ke",
        "mi\u{202E}ke",
        "mi\u{2066}ke",
        "mi\u{FEFF}ke",
        "mi\u{AD}ke",
        "mi\u{E000}ke",
        "mi\u{378}ke",
        "mi\u{FE0F}ke",
        "mi\u{3164}ke",
        "mi\u{115F}ke",
        "mi@ke",
        "mi+ke",
        "mi/ke",
        "mi<b>ke",
        "mi'ke",
        "mi\"ke",
        "mi😀ke",
        "mi½ke",
        "ﷺﷺﷺ",
        "𐎠𐎡𐎢",
        "mi⁄ke",
    ] {
        assert_eq!(refused(name), UsernameError::Character, "{name:?}");
    }
}

#[test]
fn a_name_begins_and_ends_with_a_letter_or_a_digit() {
    for name in [".mike", "mike.", "_mike", "mike_", "-mike", "mike-", "...", "\u{301}mike", ".well-known"] {
        assert_eq!(refused(name), UsernameError::Edge, "{name:?}");
    }
}

#[test]
fn marks_do_not_pile_up() {
    assert!(Username::choose("mik\u{323}\u{301}\u{302}\u{303}e").is_ok());
    assert_eq!(refused("mik\u{323}\u{301}\u{302}\u{303}\u{304}e"), UsernameError::TooManyMarks);
}

/// S78: `аdmin` with a Cyrillic а, and its kin.
#[test]
fn scripts_that_do_not_belong_together_are_refused() {
    for name in ["аdmin", "pаypal", "miκe", "Ѕarah", "вob", "шmike", "ab٥c", "aさѕ", "évaの", "علي٤۴", "5٥٥"]
    {
        assert_eq!(refused(name), UsernameError::MixedScripts, "{name:?}");
    }
}

/// S78: reserved names, spelt in whatever way reads the same.
#[test]
fn reserved_names_and_what_looks_like_them_are_refused() {
    for name in [
        "admin",
        "Admin",
        "ADMIN",
        "ａｄｍｉｎ",
        "ⓐdmin",
        "administrator",
        "root",
        "system",
        "support",
        "api",
        "www",
        "mail",
        "postmaster",
        "webmaster",
        "hostmaster",
        "security",
        "abuse",
        "noreply",
        "no-reply",
        "No.Reply",
        "help",
        "info",
        "login",
        "logout",
        "signup",
        "register",
        "m.e",
        "self",
        "null",
        "undefined",
        "anonymous",
        "vestibule",
        "moderator",
        "staff",
        "well-known",
        "wellknown",
        "adm\u{131}n",
        "ADMİN",
        "admi\u{307}n",
        "ádmin",
        "ADMlN",
        "aDMlN",
        "ADM1N",
        "adrnin",
        "R00T",
        "r00t",
        "арі",
        "һеӏр",
        "ѕеӏf",
        "ad_min",
        "a.d.m.i.n",
    ] {
        let error = refused(name);
        let is_right =
            error == UsernameError::Reserved || (name == "ѕеӏf" && error == UsernameError::MixedScripts);
        assert!(is_right, "{name:?} {error}");
    }
}

/// S78: a hurried reader takes `1`, `l` and `I` for `i`, `0` for `o` and `rn` for `m`, in any mixture.
#[test]
fn reserved_names_with_other_strokes_are_refused() {
    for name in [
        "adm1n",
        "admln",
        "ADMlN",
        "AdmIn",
        "adrnin",
        "adrn1n",
        "ad.m1n",
        "àdm1n",
        "adm1nistrator",
        "admlnistrator",
        "administrat0r",
        "adrnlnlstrator",
        "r00t",
        "supp0rt",
        "1ogin",
        "log1n",
        "logln",
        "iogin",
        "s1gnup",
        "signln",
        "vest1bule",
        "vestlbuie",
        "ap1",
        "ma1l",
        "mai1",
        "he1p",
        "1nfo",
        "nu11",
        "se1f",
    ] {
        assert_eq!(refused(name), UsernameError::Reserved, "{name:?}");
    }
    for name in ["mali", "mall", "seif", "m-a-l-i", "lili", "illi", "1111", "l1l1", "admiral", "bill1"] {
        assert!(Username::choose(name).is_ok(), "{name}");
    }
}

#[test]
fn a_name_that_only_contains_a_reserved_one_is_free() {
    for name in ["adminah", "rooter", "helper", "mailin", "supporter7", "apia"] {
        assert!(Username::choose(name).is_ok(), "{name}");
    }
}

/// S09: one name in another case, width or composition is the same name.
#[test]
fn spellings_of_one_name_share_a_key() {
    for spelling in ["MIKE", "Mike", "Ⓜike", "ｍｉｋｅ", "mi\u{212A}e", "𝐌ike"] {
        assert_eq!(key(spelling), key("mike"), "{spelling}");
        assert_eq!(UsernameKey::of(spelling), key("mike"), "{spelling}");
    }
    assert_eq!(key("E\u{301}va"), key("éva"));
    assert_eq!(key("ſara"), key("sara"));
    assert_ne!(key("mıke"), key("mike"));
}

#[test]
fn an_imported_name_may_be_what_django_takes() {
    let long = "a".repeat(150);
    for name in
        ["a", "admin", "mike@example.com", "mi+ke", "_", ".mike.", "аdmin", "Ⅷ", "½", "x\u{3164}", &long]
    {
        let username = Username::admit(name).unwrap_or_else(|error| panic!("{name} {error}"));
        assert_eq!(username.as_str(), name);
    }
    for (name, error) in [
        ("", UsernameError::Empty),
        ("\u{3164}\u{115F}", UsernameError::Empty),
        ("mi ke", UsernameError::ForeignCharacter),
        ("mi\0ke", UsernameError::ForeignCharacter),
        ("mike\n", UsernameError::ForeignCharacter),
        ("mi<ke", UsernameError::ForeignCharacter),
        ("mi\u{200B}ke", UsernameError::ForeignCharacter),
        (&"a".repeat(151), UsernameError::TooLong(150)),
        (&"ﷺ".repeat(150), UsernameError::TooLong(150)),
    ] {
        assert_eq!(Username::admit(name), Err(error), "{name:?}");
    }
}

#[test]
fn what_no_username_could_be_has_the_key_of_none() {
    for text in ["", "mi\0ke", "mike\n", &"a".repeat(1025), &"ﷺ".repeat(300)] {
        assert_eq!(UsernameKey::of(text).as_str(), "", "{text:?}");
    }
}

/// Texts near enough to names that a good part of them gets in.
fn name_like() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-zA-Z0-9._-]{1,70}",
        "\\PC{1,40}",
        "[\\p{L}\\p{M}\\p{N}_.@+-]{1,160}",
        "[\\p{Latin}\\p{Nd}]{3,20}",
        "[\\p{Han}\\p{Hiragana}a-z]{3,20}",
        "[\\p{Devanagari}]{3,20}",
        "[\\p{Cyrillic}]{3,20}",
        "[\\p{Greek}\u{300}-\u{345}]{3,12}",
    ]
}

proptest! {
    /// S78: key(key(x)) = key(x).
    #[test]
    fn the_key_of_a_key_is_itself(text in name_like()) {
        if let Ok(username) = Username::admit(&text) {
            let key = username.key();
            prop_assert!(!key.as_str().is_empty());
            prop_assert_eq!(&UsernameKey::of(key.as_str()), &key);
            prop_assert_eq!(&UsernameKey::of(&text), &key);
        }
    }

    #[test]
    fn what_may_be_chosen_comes_back_from_the_database(text in name_like()) {
        if let Ok(username) = Username::choose(&text) {
            prop_assert_eq!(Username::admit(username.as_str()), Ok(username));
        }
    }

    #[test]
    fn what_was_admitted_comes_back_from_the_database(text in name_like()) {
        if let Ok(username) = Username::admit(&text) {
            prop_assert_eq!(Username::admit(username.as_str()), Ok(username));
        }
    }

    #[test]
    fn no_chosen_name_hides_anything(text in name_like()) {
        if Username::choose(&text).is_ok() {
            prop_assert!(!text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '@'));
            prop_assert!(!text.contains(crate::code_point::is_default_ignorable));
        }
    }

    /// S09, S78: case and normalization form change neither the answer nor the key.
    #[test]
    fn case_and_form_do_not_make_another_name(text in name_like()) {
        let nfd: String = text.nfd().collect();
        if let (Ok(one), Ok(other)) = (Username::choose(&text), Username::choose(&nfd)) {
            prop_assert_eq!(one.key(), other.key());
        }
        if text.is_ascii() && let Ok(one) = Username::choose(&text) {
            prop_assert_eq!(one.key(), UsernameKey::of(&text.to_uppercase()));
        }
    }
}
