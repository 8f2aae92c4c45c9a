"""A state machine that plays people, clocks and bad networks against a model, a vendor's books and the library."""
