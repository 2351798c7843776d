def page_urls(roles):
    return []
