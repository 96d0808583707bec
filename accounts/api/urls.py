from django.urls import path

from accounts.api import auth, customers, sessions, users

urlpatterns = [
    path("auth/register", auth.RegisterView.as_view()),
    path("auth/login", auth.LoginView.as_view()),
    path("auth/refresh", auth.RefreshView.as_view()),
    path("auth/logout", auth.LogoutView.as_view()),
    path("auth/password/change", auth.PasswordChangeView.as_view()),
    path("auth/sessions", sessions.SessionsView.as_view()),
    path("auth/sessions/<uuid:session_id>", sessions.SessionView.as_view()),
    path("users", users.UsersView.as_view()),
    path("users/profile", users.ProfileView.as_view()),
    path("users/<uuid:user_id>", users.UserView.as_view()),
    path("users/<uuid:user_id>/roles", users.UserRolesView.as_view()),
    path("users/<uuid:user_id>/roles/<str:role>", users.UserRoleView.as_view()),
    path("customers", customers.CustomersView.as_view()),
    path("customers/<uuid:customer_id>", customers.CustomerView.as_view()),
    path("organizations", customers.OrganizationsView.as_view()),
    path("organizations/<uuid:organization_id>", customers.OrganizationView.as_view()),
    path("organizations/<uuid:organization_id>/members", customers.MembersView.as_view()),
    path("organizations/<uuid:organization_id>/members/<uuid:user_id>", customers.MemberView.as_view()),
]
