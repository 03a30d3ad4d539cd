"""A small blog with a contact form."""

from django.conf import settings
from django.db import models


class Post(models.Model):
    postname = models.CharField(max_length=300)
    content = models.TextField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    created_at = models.DateTimeField()


class Comment(models.Model):
    content = models.TextField()
    post = models.ForeignKey(Post, models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)


class Contact(models.Model):
    name = models.CharField(max_length=300)
    email = models.EmailField()
    subject = models.CharField(max_length=300)
    message = models.TextField()
