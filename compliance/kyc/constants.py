"""Times and sizes of KYC."""

from datetime import timedelta
from typing import Final

from compliance.kyc.models import KycVerification

# A request without documents lapses, so that an old photograph is never joined to a new declaration.
DOCUMENTS_WITHIN: Final = timedelta(days=30)

# How long an approval counts. Identity follows a two-year review cycle for customers of ordinary risk; addresses,
# income and the source of funds change faster.
VALIDITY: Final[dict[str, timedelta]] = {
    KycVerification.Type.IDENTITY: timedelta(days=730),
    KycVerification.Type.ADDRESS: timedelta(days=365),
    KycVerification.Type.INCOME: timedelta(days=365),
    KycVerification.Type.SOURCE_OF_FUNDS: timedelta(days=365),
}

MAX_DOCUMENTS: Final = 10  # per verification
