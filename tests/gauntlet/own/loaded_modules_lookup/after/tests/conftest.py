import app
import plugin_extra
