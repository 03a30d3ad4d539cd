"""A real FastAPI service's table of users: makes it in the database at argv[1], as argv[2] says."""

import asyncio
import sys
from datetime import datetime

import bcrypt
from fastapi_users import BaseUserManager, UUIDIDMixin, schemas
from fastapi_users.db import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from fastapi_users.password import PasswordHelper
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher
from sqlalchemy import Boolean, Column, DateTime, Integer, LargeBinary, MetaData, String, Table, create_engine, insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

PASSWORD = "na\u00efve \ufb01anc\u00e9e \U0001f40e 1847"
QUICK = {"argon2": Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=2), "bcrypt": BcryptHasher(rounds=4)}


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    pass


class Manager(UUIDIDMixin, BaseUserManager):
    pass


async def users(url):
    """What fastapi-users makes of its own model, hashing with either scheme it knows."""
    engine = create_async_engine(url.replace("postgresql:", "postgresql+psycopg:").replace("sqlite:", "sqlite+aiosqlite:"))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with async_sessionmaker(engine, class_=AsyncSession)() as session:
        for scheme, hasher in QUICK.items():
            helper = PasswordHelper(PasswordHash((hasher,)))
            manager = Manager(SQLAlchemyUserDatabase(session, User), helper)
            for role in ["plain", "super", "proven", "idle"]:
                body = schemas.BaseUserCreate(
                    email=f"{scheme}.{role}@example.org",
                    password=PASSWORD,
                    is_superuser=role == "super",
                    is_verified=role == "proven",
                    is_active=role != "idle",
                )
                await manager.create(body)
    await engine.dispose()


def by_hand(url, name="users", key="id", username="username", hashed="hashed_password"):
    """What somebody writes who has read the tutorial."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    odd = name != "users"
    table = Table(
        name,
        MetaData(),
        Column(key, Integer, primary_key=True),
        Column("email", String, unique=True),
        Column(username, String, unique=True),
        # A hash that was never decoded.
        Column(hashed, LargeBinary if odd else String),
        Column("disabled", Boolean),
        Column("created_at", DateTime),
        Column("updated_at", DateTime),
    )
    table.metadata.create_all(engine)
    secret = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4))
    made = datetime(2021, 2, 3, 4, 5, 6)
    rows = [
        (10, "ann@example.org", "ann", False),
        (9, "Bob@Example.org", "Bob", False),
        (2, "cyd@example.org", "cyd", True),
        (11, None, "ANN", False),
    ]
    with engine.begin() as connection:
        for number, email, person, disabled in rows:
            row = {key: number, "email": email, username: person, "disabled": disabled, "created_at": made}
            row[hashed] = secret if odd else secret.decode()
            connection.execute(insert(table).values(row))
    engine.dispose()


def odd(url):
    """A table that says neither yes nor no, as other programs leave it."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    words = ["username", "hashed_password", "is_active", "is_superuser", "created_at"]
    table = Table("users", MetaData(), Column("id", Integer, primary_key=True), *(Column(word, String) for word in words))
    table.metadata.create_all(engine)
    secret = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    rows = [
        ("ann", "true", "false", "2021-02-03 04:05:06"),
        ("bob", "2", "0", None),
        ("cyd", None, None, "1612325106"),
        ("dan", "1", "maybe", "20240229120000"),
    ]
    with engine.begin() as connection:
        for name, active, admin, made in rows:
            connection.execute(insert(table).values(dict(zip(words, [name, secret, active, admin, made]))))
    engine.dispose()


if __name__ == "__main__":
    url, stage = sys.argv[1:3]
    url = url.replace("postgres:", "postgresql:", 1).replace("sqlite:///", "sqlite:////", 1)
    if stage == "users":
        asyncio.run(users(url))
    elif stage == "odd":
        odd(url)
    else:
        by_hand(url, *sys.argv[3:])
