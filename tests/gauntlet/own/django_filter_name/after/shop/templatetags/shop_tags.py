from django import template

register = template.Library()


@register.filter
def loud(text):
    return text.upper()
