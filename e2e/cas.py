"""A CAS server that is not ours: django-mama-cas on a port of this machine, with one simulated user.

Usage: cas.py FOLDER PORT SERVICE LOGIN PASSWORD. It answers until it is ended.
"""
import sys

import django
from django.conf import settings
from django.core.management import call_command

folder, port, service, login, password = sys.argv[1:6]
settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/cas.db"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages", "mama_cas"],
    MAMA_CAS_SERVICES=[{"SERVICE": "^" + service, "CALLBACKS": ["mama_cas.callbacks.user_name_attributes"]}],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware"],
    ROOT_URLCONF="mama_cas.urls",
    SECRET_KEY=password * 4,
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages"]}}],
    USE_TZ=True,
)
django.setup()
call_command("migrate", verbosity=0)
from django.contrib.auth.models import User  # noqa: E402  (needs the setup above)

User.objects.create_user(login, password=password, first_name="某", last_name="人")
call_command("runserver", f"127.0.0.1:{port}", use_reloader=False, use_threading=True)
