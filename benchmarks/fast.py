"""The plain blog's posts once more, by FastAPI with SQLAlchemy, which Broadsheet's API is compared with.

It follows the tutorials of both: models and a `Session` for each request, related rows by `joinedload` and `selectinload`,
plain functions (which FastAPI runs in threads), Pydantic's models as responses. The tables are those of the plain blog
(`benchmarks/plain/models.py`), the tokens those of `rest_framework.authtoken`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Column, ForeignKey, Table, create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship, selectinload

engine = create_engine(os.environ["DATABASE_URL"].replace("mysql:", "mysql+mysqldb:", 1), pool_size=8, max_overflow=32)


class Base(DeclarativeBase):
    """The base of the models."""


post_tags = Table(
    "plain_post_tags",
    Base.metadata,
    Column("post_id", ForeignKey("plain_post.id")),
    Column("tag_id", ForeignKey("plain_tag.id")),
)


class Author(Base):
    """An author."""

    __tablename__ = "plain_author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str]


class Tag(Base):
    """A tag."""

    __tablename__ = "plain_tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str]


class Post(Base):
    """A post."""

    __tablename__ = "plain_post"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str]
    body: Mapped[str]
    body_html: Mapped[str]
    word_count: Mapped[int]
    published_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    author_id: Mapped[int] = mapped_column(ForeignKey("plain_author.id"))
    author: Mapped[Author] = relationship()
    tags: Mapped[list[Tag]] = relationship(secondary=post_tags)


class NamedOut(BaseModel):
    """An author or a tag in a response."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    name: str
    slug: str


class PostOut(BaseModel):
    """A post in a response."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    slug: str
    title: str
    summary: str
    body: str
    body_html: str
    word_count: int
    published_at: datetime
    updated_at: datetime
    author: NamedOut
    tags: list[NamedOut]


class PageOut(BaseModel):
    """A page of posts, and the key after which the next one begins."""

    next: datetime | None
    results: list[PostOut]


def session() -> Iterator[Session]:
    """Yield a session for one request."""
    with Session(engine) as opened:
        yield opened


Database = Annotated[Session, Depends(session)]
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


def user(bearer: Bearer, database: Database) -> int | None:
    """Return the id of the token's user, or None without a token. Raises HTTPException for a wrong one."""
    if bearer is None:
        return None
    found = text("SELECT user_id FROM authtoken_token JOIN auth_user ON id = user_id WHERE `key` = :key AND is_active")
    if (row := database.execute(found, {"key": bearer.credentials}).first()) is None:
        raise HTTPException(401)
    return row[0]


User = Annotated[int | None, Depends(user)]
app = FastAPI()
_POSTS = select(Post).options(joinedload(Post.author), selectinload(Post.tags))


@app.get("/posts/")
def posts(
    database: Database,
    _user: User,
    page_size: Annotated[int, Query(ge=1, le=100)] = 20,
    before: datetime | None = None,
) -> PageOut:
    """Return a page of posts, newest first."""
    chosen = _POSTS if before is None else _POSTS.where(Post.published_at < before)
    rows = database.scalars(chosen.order_by(Post.published_at.desc()).limit(page_size + 1)).all()
    following = rows[page_size - 1].published_at if len(rows) > page_size else None
    return PageOut.model_validate({"next": following, "results": rows[:page_size]}, from_attributes=True)


@app.get("/posts/{pk}/")
def post(pk: int, database: Database, _user: User) -> PostOut:
    """Return a post. Raises HTTPException for an unknown one."""
    found = database.scalars(_POSTS.where(Post.id == pk)).one_or_none()
    if found is None:
        raise HTTPException(404)
    return PostOut.model_validate(found)
