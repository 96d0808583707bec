"""What console pages are built from: read-only lists that stay fast, and actions that call services with a reason."""

from collections.abc import Callable, Collection, Iterable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets, SimpleListFilter
from django.contrib.admin.checks import ModelAdminChecks
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminTextareaWidget

from nexafi.core.context import acting_as
from nexafi.core.errors import DomainError

COUNT_CAP = 10_000
REASON_MIN = 10


class CappedPaginator(Paginator):
    """Counts at most 10,001 rows, so that a list of ten million opens like one of ten thousand."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return rows.order_by()[: COUNT_CAP + 1].count() if isinstance(rows, QuerySet) else len(rows)

    @property
    def count_text(self) -> str:
        """What the page says: "1,204", or "more than 10,000" where counting stopped."""
        return f"more than {COUNT_CAP:,}" if self.count > COUNT_CAP else f"{self.count:,}"


class IndexedList(ChangeList):
    """Sorts by the columns that offer it, also when an address asks for another one."""

    def get_ordering_field(self, field_name: str) -> Any:
        return super().get_ordering_field(field_name) if field_name in self.sortable_by else None


class ConsoleModelAdmin(ModelAdmin):
    """A page of the console: looks, never writes. Changes go through actions that call services.

    `view_permission` names the permission (or several, any of which is enough) that opens the page, `nav_*` its place
    in the sidebar and, by `nav_key`, on the keyboard (g and that key). `empty_text` stands in an empty list.
    """

    view_permission: str | tuple[str, ...] = ()
    nav_group = ""
    nav_title = ""
    nav_icon = "table_rows"
    nav_order = 50
    nav_key = ""
    empty_text = "Nothing here yet."

    checks_class = ModelAdminChecks  # Unfold's look actions' permissions up in a table that we do not use
    actions = None
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # a count for every choice of every filter reads the table as often
    list_per_page = 50
    list_max_show_all = 0
    list_fullwidth = True
    change_form_template = "console/record.html"
    compressed_fields = True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        names = (self.view_permission,) if isinstance(self.view_permission, str) else self.view_permission
        user: Any = request.user
        return user.is_authenticated and any(user.may(name) for name in names)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def object_title(self, obj: Any) -> str:
        """What the page of one object is called, in its header and in the browser's tab."""
        return str(obj)

    def page_after_action(self, object_id: str) -> str:
        """Where an action leads: back to its object, or to the list."""
        there, arguments = ("change", [object_id]) if object_id else ("changelist", [])
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{there}", args=arguments)

    def offered(self, obj: Any) -> Collection[str]:
        """Which of `actions_detail` make sense for the object as it is now. The services have the last word."""
        return self.actions_detail

    def get_actions_detail(self, request: HttpRequest, object_id: str | int) -> list[Any]:
        names = self.offered(self.get_object(request, str(object_id))) if self.actions_detail else ()
        offered = {f"{self.opts.app_label}_{self.opts.model_name}_{name}" for name in names}
        return [each for each in super().get_actions_detail(request, object_id) if each.action_name in offered]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        context["title"], context["subtitle"] = self.object_title(context["original"]), None
        return super().render_change_form(request, context, *args, **kwargs)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return IndexedList

    def get_sortable_by(self, request: HttpRequest) -> list[str]:
        """The column that the list is in the order of anyway, which an index serves both ways."""
        ordered = {name.lstrip("-") for name in self.ordering[:1]}
        return [name for name in self.get_list_display(request) if self._column(name) in ordered]

    def _column(self, name: str) -> str:
        """The database column that a column of the list sorts by."""
        return getattr(getattr(self, name, None), "admin_order_field", name)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Model:
        """The object. Raises PermissionDenied to who may not see the page at all, Http404 to who may not see the object
        or when there is none, instead of going back to the dashboard."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404(f"No {self.opts.verbose_name} has this address.")
        return found

    def save_model(self, *args: Any, **kwargs: Any) -> None:
        raise PermissionError("The console writes through services only.")

    delete_model = delete_queryset = save_model


def opens_on(field: str, value: str) -> type[SimpleListFilter]:
    """A list filter over a field's choices that starts at `value` instead of at all, for the queues of work."""

    class OpensOn(SimpleListFilter):
        title = field.replace("_", " ")
        parameter_name = f"{field}__exact"

        def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
            return [*model_admin.model._meta.get_field(field).choices, ("all", "All")]

        def value(self) -> str:
            return super().value() or value

        def choices(self, changelist: Any) -> Any:
            own = super().choices(changelist)
            next(own)  # Django's "All" would lead back here
            return own

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset if self.value() == "all" else queryset.filter(**{field: self.value()})

    return OpensOn


def one_of(field: str, values: Callable[[], Iterable[str]]) -> type[SimpleListFilter]:
    """A list filter over values that are known. Of a field without choices Django's own would read the whole table for
    every value in it, whenever the list is opened."""

    class OneOf(SimpleListFilter):
        title = field.replace("_", " ")
        parameter_name = field

        def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
            return [(value, capfirst(value.replace("_", " "))) for value in values()]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset.filter(**{field: self.value()}) if self.value() else queryset

    return OneOf


class UploadForm(BaseDialogForm):
    """A dialog that takes files; its fields say which."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, files=request.FILES or None, **kwargs)


class ReasonForm(BaseDialogForm):
    """Asks why, in at least ten characters; the reason goes into the audit log."""

    reason = forms.CharField(
        min_length=REASON_MIN,
        max_length=1000,
        label="Reason",
        help_text="At least 10 characters. It is written into the audit log.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )


def service_action(
    *,
    label: str,
    permission: str,
    title: str,
    description: str = "",
    icon: str = "",
    variant: ActionVariant = ActionVariant.DEFAULT,
    key: str = "",
    submit: str = "",
    form: type[BaseDialogForm] = ReasonForm,
) -> Callable[..., Any]:
    """A button that opens a dialog, asks for a reason (or `form`'s fields) and calls a service.

    The decorated method takes (self, request, object_id, cleaned_data), calls one service and returns the sentence to
    show; the button of a list has no object: "". A DomainError is shown as it stands. `key` is the keyboard shortcut
    that opens the dialog; it never commits.
    """

    def decorate(method: Callable[..., str]) -> Callable[..., Any]:
        @action(
            description=label,
            permissions=[permission],
            icon=icon,
            variant=variant,
            attrs={"data-key": key, "title": f"{label} ({key})" if key else label},
            dialog={
                "title": title,
                "description": description,
                "form_class": form,
                "form_submit_text": submit or label,
            },
        )
        @wraps(method)
        def run(page: Any, request: HttpRequest, dialog: BaseDialogForm, object_id: str = "") -> HttpResponse:
            if object_id:
                page.get_object(request, object_id)
            try:
                with acting_as("user", str(request.user.pk)):
                    sentence = method(page, request, object_id, dialog.cleaned_data)
                messages.success(request, sentence)
            except DomainError as error:
                messages.error(request, error.detail)
            return HttpResponse(headers={"HX-Redirect": page.page_after_action(object_id)})

        return run

    return decorate
