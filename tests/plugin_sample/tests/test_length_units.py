"""Every rule of the conformance kit, one test each."""

from reasoners import reward_checks

test_length_units = reward_checks("length_units", strict=True)
test_shortest = reward_checks("shortest", strict=True)
