from django.urls import path

from shop import views

urlpatterns = [
    path("books", views.Books.as_view()),
    path("hello", views.hello),
    path("about", views.About.as_view()),
]
