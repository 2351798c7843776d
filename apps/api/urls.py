def api_urls(roles):
    return []


def docs_urls(roles):
    return []
