class Html:
    def render(self):
        return "html"


class Json:
    def render(self):
        return "json"


class Page(Json, Html):
    pass
