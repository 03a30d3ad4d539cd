//! Hashes that other systems made. The vectors come from Django 5.2, passlib 1.7, argon2-cffi and bcrypt themselves.

use super::*;

fn opens_for_the_right_password_only(vector: &str) {
    let hasher = hasher(&cheap());
    let stored = stored(vector);
    assert_eq!(verify(&hasher, HORSE, &stored), OUTDATED, "{vector}");
    assert_eq!(verify(&hasher, "correct horsf", &stored), Verdict::Rejected, "{vector}");
}

/// S32: every form Django 5.2 writes verifies, and is renewed.
#[test]
fn djangos_six_forms_open_for_the_right_password_only() {
    for vector in [
        "pbkdf2_sha256$1000000$Qz6ToffJ3nFGgcjZVU488H$uvCpIrkVaXc8lfeWNu4blTEwLOzTiMsbQjFbKnmYU9c=",
        "pbkdf2_sha1$1000000$0HEQVn0zptfnRtcuNqOm3i$uhILFlXo8UAJ6o2+R+4x/O4T5A4=",
        "argon2$argon2id$v=19$m=102400,t=2,p=8$N3hqSnZYYzZaYmVHYlNpa1dTRjBBVg$KD2T1wX5L/j67KjXHzWCl7r6K7dnBjYioOtWI0rPas8",
        "bcrypt_sha256$$2b$12$LZl6df5JDKbEalZ7Fi3LUOPa4y9rSuCE7AYtiPz6Ty3Iu1LZf0c6a",
        "bcrypt$$2b$12$4virl2j7TMOfq9Bha.GedueLhwRMjTrXgGq4Qpb5ojZ3ctZBQN14a",
        "scrypt$16384$p8JZleRAhpGBb5OS3DHCdT$8$5$FPGmCOzxN2j51pzrhJ3f+fNrr6z/eW49Irrz8WWOFfZaCzXwo7/Phb7A7JO1dVmoY6JZGAURBVHYSEiHpiy0hw==",
    ] {
        opens_for_the_right_password_only(vector);
    }
}

/// S32: what FastAPI projects wrote through passlib and bcrypt.
#[test]
fn passlibs_forms_open_for_the_right_password_only() {
    for vector in [
        "$pbkdf2-sha256$29000$s/Y.h7CWMoaQcu6dE8LYWw$rCPvapgykgWmZEFqfv2rL9cAyq9RwoW5blmjEWdsAS4",
        "$pbkdf2-sha512$25000$TKlVyjmnVGqNkTKmNMYYQw$r53Oo6MkbG5fAoZVLzgBk7Ot8BYoOg628NZaZNQIwG85.6zLYU/fW4ZDxmO4CqMdLho/hbZDXXxhiGC3fpb0JA",
        "$pbkdf2$131000$bq01phQCQKi1FmKs9R5jjA$istamBpjpY.63QjHmN2.0OYR6vw",
        "$bcrypt-sha256$v=2,t=2b,r=5$sTT8/iaIgkdm4JRarJUEIO$TUmI913BFTeQzfhkf2xvyYNMIaKU3Aq",
        "$bcrypt-sha256$2b,5$XW.VXGGNMtPBtFyD2R8cce$5Pf03ZTH6NZtDOexjCp2BGwD10OXfMG",
        "$2a$05$JZIr6ANggBReuRVgysi.oukjtyvV64oWIiARoKLcvvDRu6Br5AsPq",
        "$2b$05$F2bjklz0hbDR4NC3vFagveRqs7N74qdtqyFgbbFX21iVdDE3801VC",
        "$2y$05$F2bjklz0hbDR4NC3vFagveRqs7N74qdtqyFgbbFX21iVdDE3801VC",
    ] {
        opens_for_the_right_password_only(vector);
    }
}

/// S32: all three Argon2s, several lanes, and version 1.0.
#[test]
fn argon2s_of_every_kind_open_for_the_right_password_only() {
    for vector in [
        "$argon2id$v=19$m=64,t=1,p=2$pH5flVkqNjeshDVa33G+yA$y6orGIiJVvdqKQY6rRdcVVHR/mv+iMOB7nEX7MU200I",
        "$argon2i$v=19$m=64,t=1,p=2$THvghRzYrb1bd4EzPTbKsw$XAI+geJzkY1C8GSyUH63gZiQ4tvlQ2lOVkjrWCTQBFI",
        "$argon2d$v=19$m=64,t=1,p=2$q6xl0PEvkQMd5IoXjT+2QQ$9pVvvl0OPVWR9SFVb9h90LIa5ck19WDEMl+L4d9+GDc",
        "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$uyqsaAJXMVj7dr0x739077NAoGR1xrCUH807Ywg4MTY",
        "$argon2id$m=64,t=1,p=1$c29tZXNhbHQxMjM0NTY3OA$uyqsaAJXMVj7dr0x739077NAoGR1xrCUH807Ywg4MTY",
    ] {
        opens_for_the_right_password_only(vector);
    }
}

/// S34: an old hash that saw 72 bytes is verified as the old system did, and renewed whole.
#[test]
fn bcrypt_reads_72_bytes_until_the_hash_is_renewed() {
    let hasher = hasher(&cheap());
    let of_80 = stored("$2b$05$iG7ghNpypbHJmFYgn7ODdOfKBaekiy9pttexIN5y9/0ufZrApRl3a");
    assert_eq!(verify(&hasher, &"a".repeat(80), &of_80), OUTDATED);
    assert_eq!(verify(&hasher, &"a".repeat(72), &of_80), OUTDATED);
    assert_eq!(verify(&hasher, &"a".repeat(71), &of_80), Verdict::Rejected);
    let renewed = hash(&hasher, &"a".repeat(80));
    assert_eq!(verify(&hasher, &"a".repeat(80), &renewed), CURRENT);
    assert_eq!(verify(&hasher, &"a".repeat(72), &renewed), Verdict::Rejected);
}

#[test]
fn a_nul_byte_opens_no_plain_bcrypt_hash() {
    let hasher = hasher(&cheap());
    let horse = stored("$2b$05$F2bjklz0hbDR4NC3vFagveRqs7N74qdtqyFgbbFX21iVdDE3801VC");
    // bcrypt repeats its key, the closing NUL included, so without the rule the second would match.
    for text in ["correct horse\0", "correct horse\0correct horse", "correct horse\0battery", "\0"] {
        assert_eq!(verify(&hasher, text, &horse), Verdict::Rejected, "{text:?}");
    }
}

/// S32: a hash of the bytes as typed opens for them and is renewed to NFKC; one of the NFKC form opens too.
#[test]
fn a_password_typed_decomposed_opens_both_forms_of_hash() {
    let hasher = hasher(&cheap());
    let (typed, composed) = ("cafe\u{301} au lait", "caf\u{e9} au lait");
    let of_typed = stored("pbkdf2_sha256$1000$saltysalt$/gD5O9M9wJ47VREfJdP4+XSppJsS0a1RJeAVQdlgAcI=");
    let of_composed = stored("pbkdf2_sha256$1000$saltysalt$Ge9cOkQL84r6gMXaAaZ0j7/d4Ly8LTlkrd/2WOug5ws=");
    assert_eq!(verify(&hasher, typed, &of_typed), OUTDATED);
    assert_eq!(verify(&hasher, typed, &of_composed), OUTDATED);
    assert_eq!(verify(&hasher, composed, &of_composed), OUTDATED);
    assert_eq!(verify(&hasher, composed, &of_typed), Verdict::Rejected);
}

/// S32: a stored form that is none opens for nobody, and an empty output does not match everything.
#[test]
fn what_is_no_hash_opens_for_no_password() {
    let hasher = hasher(&cheap());
    for text in [
        "!",
        "!ZK3mXw",
        "$",
        "$$",
        "correct",
        "sha1$salt$0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33",
        "pbkdf2_sha256$1000$saltysalt$",
        "pbkdf2_sha256$1000$$Ge9cOkQL84r6gMXaAaZ0j7/d4Ly8LTlkrd/2WOug5ws=",
        "pbkdf2_sha256$+1000$saltysalt$Ge9cOkQL84r6gMXaAaZ0j7/d4Ly8LTlkrd/2WOug5ws=",
        "pbkdf2_sha256$1000$saltysalt$Ge9cOkQL84r6gMXaAaZ0j7/d4Ly8LTlkrd/2WOug5ws=$",
        "$pbkdf2-sha256$29000$s/Y.h7CWMoaQcu6dE8LYWw$",
        "$pbkdf2-sha256$i=1000,l=31$MDEyMzQ1Njc4OWFiY2RlZg$cBg8D2DungRB9k76szThf5ehfyBz991ay6PT8Srwk4M",
        "$argon2id$v=19$m=64,t=1,p=2,data=AAAA$pH5flVkqNjeshDVa33G+yA$y6orGIiJVvdqKQY6rRdcVVHR/mv+iMOB7nEX7MU200I",
        "scrypt$16384$salt$8$1$",
        "scrypt$16384$$8$1$y6orGIiJVvdqKQY6rRdcVVHR/mv+iMOB7nEX7MU200I=",
        "$2x$05$F2bjklz0hbDR4NC3vFagveRqs7N74qdtqyFgbbFX21iVdDE3801VC",
        "$2b$05$F2bjklz0hbDR4NC3vFagve",
        "bcrypt$",
        "argon2$",
    ] {
        assert!(Stored::parse(text).is_none(), "{text}");
        assert_eq!(verify(&hasher, HORSE, &stored(text)), Verdict::Rejected, "{text}");
    }
    assert_eq!(verify(&hasher, "!", &PasswordHash::unusable()), Verdict::Rejected);
}
