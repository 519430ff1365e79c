"""References: the types of fields that hold another document's id."""

from prorata.model.fields import reference

AccountRef = reference("account")
CustomerRef = reference("customer")
TestClockRef = reference("test_helpers.test_clock")
