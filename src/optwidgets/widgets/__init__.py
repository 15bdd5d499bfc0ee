"""The widgets of a session: views that draw its state and send what the user wants."""
