"""The app's addresses, room by room."""

from compliance.cases.api.urls import urlpatterns as cases
from compliance.kyc.api.urls import urlpatterns as kyc
from compliance.monitoring.api.urls import urlpatterns as monitoring

urlpatterns = [*kyc, *monitoring, *cases]
