from django.http import HttpResponse
from django.views.generic import ListView, TemplateView

from shop.models import Book


class Paged:
    paginate_by = 2


class Books(Paged, ListView):
    model = Book
    template_name = "books.html"


class About(TemplateView):
    template_name = "about.html"


def hello(request):
    return HttpResponse("hello")
