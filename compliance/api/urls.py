"""The app's addresses, room by room."""

from compliance.cases.api.urls import urlpatterns as cases
from compliance.kyc.api.urls import urlpatterns as kyc
from compliance.monitoring.api.urls import urlpatterns as monitoring
from compliance.screening.api.urls import urlpatterns as screening

urlpatterns = [*kyc, *screening, *monitoring, *cases]
