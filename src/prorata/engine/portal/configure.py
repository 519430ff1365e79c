"""Configure: what customers may do in the portal is set down, listed and changed."""

import msgspec

from prorata.engine.portal.features import FEATURES, PREFIX, check_features
from prorata.model.difference import previous_attributes, reverse_patch
from prorata.model.errors import InvalidRequest, no_such
from prorata.model.ids import stand_in_id
from prorata.model.operation import Inline, Listing, operation
from prorata.model.params import fields_given, given, merge_metadata
from prorata.model.transaction import Tx
from prorata.resources.core.account import own_account
from prorata.resources.portal.addresses import check_address
from prorata.resources.portal.configuration import (
    Configuration,
    ConfigurationPrivate,
    default_features,
    stored_default,
)
from prorata.resources.portal.configuration_params import (
    ConfigurationCreateParams,
    ConfigurationListParams,
    ConfigurationUpdateParams,
)

PATH = "/v1/billing_portal/configurations"
KEY_LENGTH = 26
Params = ConfigurationCreateParams | ConfigurationUpdateParams


@operation("POST /v1/billing_portal/configurations")
def create(tx: Tx, params: ConfigurationCreateParams) -> Configuration:
    """Create a configuration; features that are not named are off."""
    configuration = Configuration(
        id=tx.new_id(Configuration),
        created=tx.now,
        livemode=tx.book.livemode,
        updated=tx.now,
    )
    configuration.private = ConfigurationPrivate()
    _write(tx, configuration, params)
    tx.add(configuration)
    tx.emit("billing_portal.configuration.created", configuration)
    return configuration


@operation("POST /v1/billing_portal/configurations/{id}")
def update(tx: Tx, params: ConfigurationUpdateParams, id: str) -> Configuration:
    """Change a configuration; of each feature only what is sent."""
    configuration = _named(tx, id)
    if configuration.is_default:
        configuration = written_default(tx)
    before = msgspec.to_builtins(configuration)
    if given(params.active):
        if configuration.is_default and not params.active:
            raise InvalidRequest(
                "The default configuration can't be deactivated: it is used wherever no other one"
                " is named.",
                param="active",
            )
        configuration.active = params.active
    _write(tx, configuration, params)
    changed = previous_attributes(reverse_patch(msgspec.to_builtins(configuration), before))
    if changed:
        changed["updated"] = configuration.updated
        configuration.updated = tx.now
        tx.emit("billing_portal.configuration.updated", configuration, changed)
    return configuration


@operation("GET /v1/billing_portal/configurations/{id}")
def retrieve(tx: Tx, id: str) -> Configuration:
    """Return a configuration."""
    return _named(tx, id)


@operation("GET /v1/billing_portal/configurations")
def list_configurations(
    tx: Tx, params: ConfigurationListParams
) -> Listing[Configuration] | Inline[Configuration]:
    """List configurations, newest first; the default is there before anybody has written it."""
    columns = fields_given(params)
    if stored_default(tx) is not None:
        return Listing(Configuration, columns)
    # What nobody has written yet is the oldest of all.
    found = [*tx.select(Configuration, **columns)]
    if params.active is not False and params.is_default is not False:
        found.append(_first_default(tx))
    return Inline(found, PATH)


def default_configuration(tx: Tx) -> Configuration:
    """Return the configuration that is used where none is named, to be read."""
    return stored_default(tx) or _first_default(tx)


def written_default(tx: Tx) -> Configuration:
    """Return the default configuration, written down if that has not happened yet."""
    stored = stored_default(tx)
    if stored is not None:
        return stored
    made = tx.add(_first_default(tx))
    tx.emit("billing_portal.configuration.created", made)
    return made


def configuration_named(tx: Tx, id: str, param: str = "configuration") -> Configuration:
    """Return a configuration that sessions can use; raise InvalidRequest for an inactive one."""
    if id == _first_id(tx):
        return written_default(tx)
    found = tx.get(Configuration, id, param=param)
    if not found.active:
        raise InvalidRequest(
            f"The configuration {id} is inactive: activate it, or use another one.", param=param
        )
    return found


def _named(tx: Tx, id: str) -> Configuration:
    found = tx.find(Configuration, id)
    if found is None and id == _first_id(tx) and stored_default(tx) is None:
        found = _first_default(tx)
    if found is None:
        raise no_such("configuration", id, param="configuration")
    return found


def _first_id(tx: Tx) -> str:
    return stand_in_id("bpc", "default", tx.book.account, tx.book.livemode)


def _first_default(tx: Tx) -> Configuration:
    """Return the default configuration as it is before anybody has changed it."""
    created = min(own_account(tx).created, tx.real_now)
    configuration = Configuration(
        id=_first_id(tx),
        created=created,
        features=default_features(),
        is_default=True,
        livemode=tx.book.livemode,
        updated=created,
    )
    configuration.private = ConfigurationPrivate()
    return configuration


def _write(tx: Tx, configuration: Configuration, params: Params) -> None:
    if given(params.business_profile):
        for name, value in fields_given(params.business_profile).items():
            if name != "headline" and value is not None:
                check_address(value, f"business_profile[{name}]")
            setattr(configuration.business_profile, name, value)
    if given(params.default_return_url):
        url = params.default_return_url
        configuration.default_return_url = url and check_address(url, "default_return_url")
    if given(params.name):
        configuration.name = params.name
    if given(params.metadata):
        configuration.metadata = merge_metadata(configuration.metadata, params.metadata)
    if given(params.features):
        for name, change in fields_given(params.features).items():
            FEATURES[name](tx, getattr(configuration.features, name), change, f"{PREFIX}[{name}]")
        check_features(configuration.features)
    if given(params.login_page):
        _set_login_page(tx, configuration, params.login_page.enabled)


def _set_login_page(tx: Tx, configuration: Configuration, enabled: bool) -> None:
    """Give a configuration a login page of its own, or take it away for good."""
    page, private = configuration.login_page, configuration.private
    page.enabled = enabled
    if not enabled:
        page.url = private.login_key = None
    elif private.login_key is None:
        mode = "live" if tx.book.livemode else "test"
        private.login_key = f"{mode}_{tx.secret(KEY_LENGTH)}"
        page.url = f"{tx.base_url}/p/login/{private.login_key}"
