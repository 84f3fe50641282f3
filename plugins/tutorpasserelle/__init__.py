"""The Tutor plugin: installs Passerelle in an Open edX platform and keeps it there. Imports nothing but Tutor."""
