"""What the configuration files beside a model say, in each of the ways in which they say it."""
