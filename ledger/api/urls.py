from django.urls import path

from ledger.api import (
    batches,
    checks,
    periods,
    rates,
    statements,
    tree,
    views,
)

urlpatterns = [
    path("accounts", views.AccountsView.as_view()),
    path("accounts/tree", tree.AccountTreeView.as_view()),
    path("accounts/<uuid:account_id>", views.AccountView.as_view()),
    path("accounts/<uuid:account_id>/close", views.AccountCloseView.as_view()),
    path("accounts/<uuid:account_id>/balance", statements.AccountBalanceView.as_view()),
    path("accounts/<uuid:account_id>/statement", statements.AccountStatementView.as_view()),
    path("journal-entries", views.JournalEntriesView.as_view()),
    path("journal-entries/batch", batches.JournalEntryBatchView.as_view()),
    path("journal-entries/<uuid:entry_id>", views.JournalEntryView.as_view()),
    path("journal-entries/<uuid:entry_id>/post", views.JournalEntryPostView.as_view()),
    path("journal-entries/<uuid:entry_id>/void", views.JournalEntryVoidView.as_view()),
    path("journal-entries/<uuid:entry_id>/reverse", views.JournalEntryReverseView.as_view()),
    path("reports/trial-balance", views.TrialBalanceView.as_view()),
    path("reports/balance-sheet", views.BalanceSheetView.as_view()),
    path("ledger/checks", checks.ChecksView.as_view()),
    path("ledger/checks/<uuid:check_id>", checks.CheckView.as_view()),
    path("periods", periods.PeriodsView.as_view()),
    path("periods/<uuid:period_id>", periods.PeriodView.as_view()),
    path("periods/<uuid:period_id>/close", periods.PeriodCloseView.as_view()),
    path("periods/<uuid:period_id>/reopen", periods.PeriodReopenView.as_view()),
    path("currencies", views.CurrenciesView.as_view()),
    path("exchange-rates", rates.ExchangeRatesView.as_view()),
    path("exchange-rates/recorded", rates.RecordedRatesView.as_view()),
]
