from django.urls import path

from ledger.api import views

urlpatterns = [
    path("accounts", views.AccountsView.as_view()),
    path("accounts/<uuid:account_id>", views.AccountView.as_view()),
    path("accounts/<uuid:account_id>/close", views.AccountCloseView.as_view()),
    path("accounts/<uuid:account_id>/balance", views.AccountBalanceView.as_view()),
    path("accounts/<uuid:account_id>/statement", views.AccountStatementView.as_view()),
    path("journal-entries", views.JournalEntriesView.as_view()),
    path("journal-entries/<uuid:entry_id>", views.JournalEntryView.as_view()),
    path("journal-entries/<uuid:entry_id>/post", views.JournalEntryPostView.as_view()),
    path("journal-entries/<uuid:entry_id>/void", views.JournalEntryVoidView.as_view()),
    path("journal-entries/<uuid:entry_id>/reverse", views.JournalEntryReverseView.as_view()),
    path("reports/trial-balance", views.TrialBalanceView.as_view()),
    path("reports/balance-sheet", views.BalanceSheetView.as_view()),
    path("currencies", views.CurrenciesView.as_view()),
]
