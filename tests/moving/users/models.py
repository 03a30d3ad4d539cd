"""Profiles beside Django's own accounts."""

from django.conf import settings
from django.db import models


class UserProfile(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE)
    nickname = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    dob = models.DateField(null=True)
    avatar = models.FileField(upload_to="avatars", blank=True)
    email = models.EmailField(blank=True)
    last_updated = models.DateTimeField(auto_now=True)
    date_created = models.DateTimeField(auto_now_add=True)
