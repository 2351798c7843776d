"""The routes of the plain blog."""

from django.urls import include, path

from . import api, views

urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("api/", include(api.router.urls)),
    path("about/", views.About.as_view(), name="about"),
    path("tags/<slug:slug>/", views.Tagged.as_view(), name="tag"),
    path("authors/<slug:slug>/", views.Home.as_view(), name="author"),
    path("<slug:slug>/", views.Detail.as_view(), name="post"),
]
