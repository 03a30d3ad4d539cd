"""The old systems that docs/moving-in.md walks away from, made in the working folder."""

import csv
import os
import sqlite3
import sys

import bcrypt
import django
from django.conf import settings
from PIL import Image

PASSWORD = "correct horse battery staple"


def django_project():
    """db.sqlite3 and media/: a Django project with profiles, a group, tokens and a picture."""
    apps = ["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "rest_framework.authtoken", "users"]
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}},
        INSTALLED_APPS=apps,
        MIGRATION_MODULES={"users": None},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    from django.contrib.auth.models import Group, User
    from rest_framework.authtoken.models import Token
    from users.models import UserProfile

    boss = User.objects.create_superuser("boss", "boss@example.org", PASSWORD)
    ada = User.objects.create_user("ada", "ada@example.org", PASSWORD, first_name="Ada", last_name="Lovelace")
    User.objects.create_user("grace", "grace@example.org", PASSWORD)
    User.objects.create_user("Ada", "ada2@example.org", PASSWORD)
    User.objects.create_user("alan", "", PASSWORD)
    ada.groups.add(Group.objects.create(name="Guide Writers"))
    os.makedirs("media/avatars")
    Image.new("RGB", (300, 200), "teal").save("media/avatars/ada.png")
    UserProfile.objects.create(user=ada, nickname="Countess", phone="+44 20 7946 0018", avatar="avatars/ada.png")
    UserProfile.objects.create(user=boss, nickname="Boss", phone="ask the desk")
    Token.objects.create(user=ada)


def fastapi_service():
    """app.db: the table that fastapi-users makes."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    with sqlite3.connect("app.db") as database:
        database.execute(
            "create table user (id char(36) primary key, email varchar(320) unique not null,"
            " hashed_password varchar(1024) not null, is_active boolean not null,"
            " is_superuser boolean not null, is_verified boolean not null)"
        )
        for number, name in enumerate(["katherine", "dorothy"]):
            key = f"0192f3c4-0000-7000-8000-{number:012}"
            row = (key, f"{name}@example.org", hashed, True, False, number == 0)
            database.execute("insert into user values (?, ?, ?, ?, ?, ?)", row)


def warehouse():
    """warehouse.csv: names and passwords as they were typed."""
    with open("warehouse.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["username", "password", "email", "additional_user_info"])
        rows.writerow(["hedy", PASSWORD, "hedy@example.org", "shelf 7, radio parts"])
        rows.writerow(["mary", PASSWORD, "mary@example.org", ""])


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    django_project()
    fastapi_service()
    warehouse()
