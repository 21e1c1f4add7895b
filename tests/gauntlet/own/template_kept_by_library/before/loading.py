import jinja2

ENVIRONMENT = jinja2.Environment(loader=jinja2.FileSystemLoader("templates"), auto_reload=False)
