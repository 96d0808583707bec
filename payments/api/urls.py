from django.urls import path

from payments.api import payments, transfers, wallets

urlpatterns = [
    path("wallets", wallets.WalletsView.as_view()),
    path("wallets/<uuid:wallet_id>", wallets.WalletView.as_view()),
    path("wallets/<uuid:wallet_id>/transactions", wallets.WalletTransactionsView.as_view()),
    path("wallets/<uuid:wallet_id>/deposits", transfers.DepositsView.as_view()),
    path("wallets/<uuid:wallet_id>/deposits/<uuid:transfer_id>", transfers.DepositView.as_view()),
    path("wallets/<uuid:wallet_id>/withdrawals", transfers.WithdrawalsView.as_view()),
    path("wallets/<uuid:wallet_id>/withdrawals/<uuid:transfer_id>", transfers.WithdrawalView.as_view()),
    path("payments", payments.PaymentsView.as_view()),
    path("payments/<uuid:payment_id>", payments.PaymentView.as_view()),
    path("payments/<uuid:payment_id>/cancel", payments.PaymentCancelView.as_view()),
    path("payments/<uuid:payment_id>/refund", payments.PaymentRefundView.as_view()),
]
