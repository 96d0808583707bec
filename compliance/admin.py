"""The app's console pages, room by room."""

from compliance.cases import admin as cases
from compliance.kyc import admin as kyc
from compliance.monitoring import admin as monitoring
from compliance.screening import admin as screening

__all__ = ["cases", "kyc", "monitoring", "screening"]
