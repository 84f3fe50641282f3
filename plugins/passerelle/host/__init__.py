"""The door to whatever platform Passerelle runs on. The only package that may import edx-platform."""
