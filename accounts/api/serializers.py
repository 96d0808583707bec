"""Shapes of the identity resources."""

from typing import Any

from rest_framework import serializers

from accounts.models import Session, User


class Registration(serializers.Serializer):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)
    first_name = serializers.CharField(max_length=100)
    last_name = serializers.CharField(max_length=100)
    phone = serializers.RegexField(r"^\+?[0-9][0-9 ()-]{4,30}$", required=False)
    company_name = serializers.CharField(max_length=200, required=False)


class Login(serializers.Serializer):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)
    otp = serializers.RegexField(r"^[0-9]{6}$", required=False)


class RefreshToken(serializers.Serializer):
    refresh_token = serializers.CharField(max_length=4096)


def user_body(user: User) -> dict[str, Any]:
    """A user as other endpoints embed it."""
    return {
        "id": str(user.id),
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "roles": sorted(user.roles),
    }


def session_body(session: Session, current: Any) -> dict[str, Any]:
    """A sign-in as its user sees it."""
    return {
        "id": str(session.id),
        "created_at": session.created_at,
        "last_used_at": session.last_used_at,
        "expires_at": session.expires_at,
        "client_ip": session.client_ip,
        "user_agent": session.user_agent,
        "second_factor": session.second_factor,
        "is_current": session.id == current,
    }
