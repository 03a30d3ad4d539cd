"""A real Django project: makes its database at argv[1], or changes it, as argv[2] says, and prints the tokens it made."""

import os
import sys
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings
from django.contrib.auth import hashers

PASSWORD = "na\u00efve \ufb01anc\u00e9e \U0001f40e 1847"


class QuickPBKDF2(hashers.PBKDF2PasswordHasher):
    iterations = 1000


class QuickPBKDF2SHA1(hashers.PBKDF2SHA1PasswordHasher):
    iterations = 1000


class QuickArgon2(hashers.Argon2PasswordHasher):
    time_cost, memory_cost, parallelism = 1, 1024, 2


class QuickBCryptSHA256(hashers.BCryptSHA256PasswordHasher):
    rounds = 4


class QuickBCrypt(hashers.BCryptPasswordHasher):
    rounds = 4


class QuickScrypt(hashers.ScryptPasswordHasher):
    work_factor = 2**10


HASHERS = [QuickPBKDF2, QuickPBKDF2SHA1, QuickArgon2, QuickBCryptSHA256, QuickBCrypt, QuickScrypt]
STOCK = ["django.contrib.auth", "django.contrib.contenttypes"]
OWN = ["rest_framework", "rest_framework.authtoken", "users", "blog"]


def configure(url, own_accounts):
    parts = urlsplit(url)
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": unquote(parts.path)}
    if parts.scheme != "sqlite":
        database = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path[1:],
            "USER": parts.username,
            "PASSWORD": parts.password,
            "HOST": parts.hostname,
            "PORT": parts.port,
        }
    apps = STOCK + (["members"] if own_accounts else OWN)
    settings.configure(
        DATABASES={"default": database},
        INSTALLED_APPS=apps,
        # Made as they stand: nobody upgrades this project.
        MIGRATION_MODULES={app.split(".")[-1]: None for app in apps},
        AUTH_USER_MODEL="members.Member" if own_accounts else "auth.User",
        PASSWORD_HASHERS=[f"__main__.{hasher.__name__}" for hasher in HASHERS],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        TIME_ZONE="Asia/Kolkata",
        USE_TZ=True,
    )
    django.setup()


def hashed(hasher="pbkdf2_sha256"):
    return hashers.make_password(PASSWORD, hasher=hasher)


def stock():
    from django.contrib.auth.models import Group, Permission, User
    from django.utils.timezone import datetime, timezone
    from rest_framework.authtoken.models import Token
    from users.models import UserProfile

    joined = datetime(2019, 3, 4, 5, 6, 7, 890000, tzinfo=timezone.utc)

    def user(name, email="", hasher="pbkdf2_sha256", **fields):
        fields.setdefault("date_joined", joined)
        return User.objects.create(username=name, email=email, password=hashed(hasher), **fields)

    for hasher in HASHERS:
        name = hasher.algorithm
        user(name, f"{name}@Example.ORG", name, first_name="Éva", last_name=f"Nagy {name}")
    user("राम.कुमार", "ram@example.org")
    user("J.Neil+boats@sea", "neil@example.org")
    user("J. O'Neil", "oneil@example.org")
    user("x", "x@example.org")
    user("root", "root@example.org")
    user("post@example.org", "Post@Example.org")
    user("nobody.writes.me")
    user("suspended", "suspended@example.org", is_active=False)
    boss = user("boss", "boss@example.org", is_superuser=True, is_staff=True, last_login=joined)
    user("clerk", "clerk@example.org", is_staff=True)
    locked = user("locked", "locked@example.org")
    locked.set_unusable_password()
    locked.save()
    # Rows that one of the databases, or another program, let through.
    user("Straße", "strasse@example.org")
    user("STRASSE", "strasse2@example.org")
    user("jos\u00e9", "jose@example.org")
    user("jose\u0301", "jose2@example.org")
    user("twin", "same@example.org")
    user("twin.too", "SAME@EXAMPLE.ORG")

    editors = Group.objects.create(name="Content Editors")
    of = lambda *codes: Permission.objects.filter(codename__in=codes)
    editors.permissions.set(of("add_post", "delete_post", "add_comment", "view_user", "view_userprofile"))
    desk = Group.objects.create(name="सहायता")
    desk.permissions.set(of("view_contact", "change_user", "delete_group"))
    Group.objects.create(name="Admin")
    writer = user("writer", "writer@example.org")
    writer.groups.set(Group.objects.all())
    writer.user_permissions.set(of("add_post", "change_group"))

    profiled = user("profiled")
    UserProfile.objects.create(
        user=profiled,
        nickname="Profi",
        phone="+91 22 2778 2183",
        dob="1990-05-17",
        avatar="avatars/profiled.png",
        email="profiled@example.org",
    )
    outside = "../avatars/../../outside.png"
    UserProfile.objects.create(
        user=boss, nickname="Chief", phone="not a number", email="other@example.org", avatar=outside
    )
    write(writer, boss)
    for name in ["writer", "suspended"]:
        print(name, Token.objects.create(user=User.objects.get(username=name)).key)


def write(writer, boss):
    from blog.models import Comment, Contact, Post
    from django.utils.timezone import datetime, timezone

    at = datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    for title in ["A day in Kerala", "केरल में एक दिन", "x" * 250]:
        post = Post.objects.create(postname=title, content=f"# {title[:30]}\n\nText", user=writer, created_at=at)
        Comment.objects.create(content="Lovely!", post=post, user=boss)
    Contact.objects.create(name="Guest", email="guest@example.org", subject="Boats", message="When?\nWhere?")


def later():
    """A year on: somebody is new, somebody has another name, and somebody another password."""
    from django.contrib.auth.models import User

    User.objects.create(username="newcomer", email="newcomer@example.org", password=hashed())
    User.objects.filter(username="clerk").update(first_name="Clara", last_name="Klerk")


def odd():
    """What other programs made of it since."""
    from django.contrib.auth.models import User
    from django.db import connection
    from rest_framework.authtoken.models import Token

    ends = {"x": "01/01/2020 10:00", "root": "1577836800000000", "boss": "0", "argon2": " ", "clerk": "20300101000000"}
    statements = [
        "alter table authtoken_token add column expires varchar(40)",
        "alter table blog_post add column status varchar(20) default 'published'",
        "alter table blog_post add column published_at varchar(40) default '2020-02-02 02:02:02'",
        "update blog_post set status = 'draft' where postname like 'क%'",
        "alter table blog_comment add column is_public boolean default true",
        "update blog_comment set is_public = false where id = (select min(id) from blog_comment)",
    ]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.replace("%", "%%"), [])
        for name, end in ends.items():
            token = Token.objects.create(user=User.objects.get(username=name))
            cursor.execute("update authtoken_token set expires = %s where key = %s", [end, token.key])
            print(name, token.key)


def members():
    import secrets
    from datetime import timedelta

    from django.contrib.auth.models import Group, Permission
    from django.utils.timezone import now
    from members.models import AuthToken, Member

    watch = Group.objects.create(name="2nd watch")
    watch.permissions.set(Permission.objects.filter(codename__in=["view_member", "change_member"]))
    for number, hasher in enumerate(HASHERS):
        member = Member.objects.create(
            email=f"member{number}@example.org",
            name=f"Member № {number}",
            phone="+4930901820",
            password=hashed(hasher.algorithm),
            is_staff=number == 0,
        )
        member.groups.add(watch)
        for hours in [-1, 12]:
            key = secrets.token_hex(32)
            AuthToken.objects.create(key=key, user=member, expires=now() + timedelta(hours=hours))
            print(f"{number}{'spent' if hours < 0 else 'good'}", key)


def main():
    url, stage = sys.argv[1:]
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    configure(url, stage == "members")
    if stage not in ("later", "odd"):
        from django.core.management import call_command

        call_command("migrate", run_syncdb=True, verbosity=0)
    {"stock": stock, "later": later, "odd": odd, "members": members}[stage]()


if __name__ == "__main__":
    main()
