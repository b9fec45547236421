"""An appliance over HTTP: a small client with a key, for the verbs that also work from another machine."""
