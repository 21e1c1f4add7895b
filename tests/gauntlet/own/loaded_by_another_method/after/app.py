def compute():
    return 2


class Settings:
    loaded = False

    def get(self):
        if not self.loaded:
            self.load()
        return self.value

    def load(self):
        self.value = compute()
        self.loaded = True


SETTINGS = Settings()


def get():
    return SETTINGS.get()
