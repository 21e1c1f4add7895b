import pytest
from django.conf import settings
from django.test import Client


def get(path):
    return Client().get(path).content.split()


def test_hello():
    assert get("/shop/hello") == [b"hello"]


def test_about():
    assert get("/shop/about") == [b"about"]


def test_about_again():
    assert get("/shop/about") == [b"about"]


def test_stamp():
    assert Client().get("/shop/hello")["X-Stamp"] == "one"


@pytest.mark.django_db
def test_books():
    from shop.models import Book

    for title in "cab":
        Book.objects.create(title=title)
    assert get("/shop/books") == [b"A", b"B"]


@pytest.mark.django_db
def test_author():
    from shop.models import Author

    author = Author.objects.create(name="she")
    author.book_set.create(title="one")
    author.delete()
    assert not Author.objects.count()
