"""What tests share: services, settings, waiting."""
